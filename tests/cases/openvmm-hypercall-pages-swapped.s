# title: input and output page change places
# contract: openvmm
# symbol: tdcall_hypercall
# expect: refuted passes/rdx
# because: input_gpa
# expect: refuted passes/r8
# because: output_gpa

	.text
	.globl	tdcall_hypercall
	.type	tdcall_hypercall, @function
tdcall_hypercall:
	mov	%rsi, %r10
	mov	%rdx, %r8
	mov	%rcx, %rdx
	xor	%r11d, %r11d
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
