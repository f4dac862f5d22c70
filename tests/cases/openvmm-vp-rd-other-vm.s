# title: rcx, which has to be zero, is left as it was
# contract: openvmm
# symbol: tdcall_vp_rd
# expect: refuted passes/rcx
# because: rcx

	.text
	.globl	tdcall_vp_rd
	.type	tdcall_vp_rd, @function
tdcall_vp_rd:
	mov	%rsi, %rdx
	mov	$9, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	shr	$32, %rax
	neg	%rax
	sbb	%rax, %rax
	neg	%rax
	mov	%r8, %rdx
	ret
	.size	tdcall_vp_rd, . - tdcall_vp_rd
