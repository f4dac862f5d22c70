# title: a read sends no data
# contract: openvmm
# symbol: tdcall_io_in
# expect: proved

	.text
	.globl	tdcall_io_in
	.type	tdcall_io_in, @function
tdcall_io_in:
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	movzbl	%dl, %r12d
	xor	%r13d, %r13d
	movzwl	%si, %r14d
	xor	%r15d, %r15d
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	mov	$30, %r11d
	mov	$0xfc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rdx
	mov	%r11d, %ecx
	xor	%eax, %eax
	test	%rdx, %rdx
	setne	%al
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdcall_io_in, . - tdcall_io_in
