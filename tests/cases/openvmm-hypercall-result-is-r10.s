# title: r10 is no status in a vendor's call
# contract: openvmm
# symbol: tdcall_hypercall
# expect: refuted returns/rax
# because: call.r11

	.text
	.globl	tdcall_hypercall
	.type	tdcall_hypercall, @function
tdcall_hypercall:
	mov	%rsi, %r10
	mov	%rcx, %r8
	xor	%r11d, %r11d
	mov	$0xd04, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	ret
.Lpanic:
	ud2
	.size	tdcall_hypercall, . - tdcall_hypercall
