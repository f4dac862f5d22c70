# title: length and information are swapped
# contract: linux-6.1
# symbol: tdx_get_ve_info
# expect: refuted returns/ve.instr_len
# because: ve.instr_len
# expect: refuted returns/ve.instr_info
# because: ve.instr_info

	.text
	.globl	tdx_get_ve_info
	.type	tdx_get_ve_info, @function
tdx_get_ve_info:
	push	%rbx
	mov	%rdi, %rbx
	mov	$3, %eax
	xor	%ecx, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%rcx, (%rbx)
	mov	%rdx, 8(%rbx)
	mov	%r8, 16(%rbx)
	mov	%r9, 24(%rbx)
	mov	%r10d, 36(%rbx)
	shr	$32, %r10
	mov	%r10d, 32(%rbx)
	pop	%rbx
	ret
.Lpanic:
	call	panic
	.size	tdx_get_ve_info, . - tdx_get_ve_info
