# title: r11 is exposed with what the caller left there
# contract: openvmm
# symbol: tdcall_hypercall
# expect: refuted passes/r11
# because: r11
# expect: refuted confines/r11
# because: r11

	.text
	.globl	tdcall_hypercall
	.type	tdcall_hypercall, @function
tdcall_hypercall:
	mov	%rsi, %r10
	mov	%rcx, %r8
	mov	$0xd04, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r11, %rax
	ret
.Lpanic:
	ud2
	.size	tdcall_hypercall, . - tdcall_hypercall
