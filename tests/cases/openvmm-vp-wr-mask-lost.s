# title: the mask is overwritten before it is moved
# contract: openvmm
# symbol: tdcall_vp_wr
# expect: refuted passes/r9
# because: mask

	.text
	.globl	tdcall_vp_wr
	.type	tdcall_vp_wr, @function
tdcall_vp_wr:
	xor	%ecx, %ecx
	mov	%rcx, %r9
	mov	%rdx, %r8
	mov	%rsi, %rdx
	mov	$10, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	shr	$32, %rax
	neg	%rax
	sbb	%rax, %rax
	neg	%rax
	mov	%r8, %rdx
	ret
	.size	tdcall_vp_wr, . - tdcall_vp_wr
