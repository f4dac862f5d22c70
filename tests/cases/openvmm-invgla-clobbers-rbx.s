# title: a register of the caller is lost
# contract: openvmm
# symbol: tdcall_vp_invgla
# expect: refuted preserves/rbx
# because: rbx

	.text
	.globl	tdcall_vp_invgla
	.type	tdcall_vp_invgla, @function
tdcall_vp_invgla:
	mov	%rsi, %rcx
	mov	%rsi, %rbx
	mov	$27, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	shr	$32, %rax
	neg	%rax
	sbb	%rax, %rax
	neg	%rax
	mov	%r8, %rdx
	ret
	.size	tdcall_vp_invgla, . - tdcall_vp_invgla
