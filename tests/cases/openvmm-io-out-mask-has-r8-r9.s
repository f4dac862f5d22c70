# title: the mask 0xff00 selects r8 and r9 too, which are zero but come back as the VMM likes
# contract: openvmm
# symbol: tdcall_io_out
# expect: refuted mask/permitted
# because: r8

	.text
	.globl	tdcall_io_out
	.type	tdcall_io_out, @function
tdcall_io_out:
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	movzbl	%cl, %r12d
	mov	$1, %r13d
	movzwl	%si, %r14d
	mov	%edx, %r15d
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	mov	$30, %r11d
	mov	$0xff00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rdx
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
	.size	tdcall_io_out, . - tdcall_io_out
