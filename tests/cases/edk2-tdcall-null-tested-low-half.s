# title: a pointer whose low half is zero passes for NULL
# contract: edk2
# symbol: TdCall
# expect: refuted yields/rcx
# because: Results
# expect: refuted yields/rdx
# because: Results
# expect: refuted yields/r8
# because: Results
# expect: refuted yields/r9
# because: Results
# expect: refuted yields/r10
# because: Results
# expect: refuted yields/r11
# because: Results

	.text
	.globl	TdCall
	.type	TdCall, @function
TdCall:
	push	%rbx
	mov	0x30(%rsp), %rbx
	mov	%rcx, %rax
	mov	%rdx, %rcx
	mov	%r8, %rdx
	mov	%r9, %r8
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lend
	test	%ebx, %ebx
	jz	.Lend
	mov	%rcx, (%rbx)
	mov	%rdx, 8(%rbx)
	mov	%r8, 16(%rbx)
	mov	%r9, 24(%rbx)
	mov	%r10, 32(%rbx)
	mov	%r11, 40(%rbx)
.Lend:
	pop	%rbx
	ret
	.size	TdCall, . - TdCall
