# title: a value of zero is said to be written, though nothing is
# contract: openvmm
# symbol: tdcall_wrmsr
# expect: refuted failure/tdcall
# because: without having made the call

	.text
	.globl	tdcall_wrmsr
	.type	tdcall_wrmsr, @function
tdcall_wrmsr:
	test	%rdx, %rdx
	jz	.Lnothing
	push	%r12
	push	%r13
	mov	%esi, %r12d
	mov	%rdx, %r13
	xor	%r10d, %r10d
	mov	$0x20, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	xor	%eax, %eax
	test	%r10, %r10
	setne	%al
	mov	%r10, %rdx
	pop	%r13
	pop	%r12
	ret
.Lnothing:
	xor	%eax, %eax
	ret
.Lpanic:
	ud2
	.size	tdcall_wrmsr, . - tdcall_wrmsr
