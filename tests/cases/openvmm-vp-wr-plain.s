# title: field, value and mask
# contract: openvmm
# symbol: tdcall_vp_wr
# expect: proved

	.text
	.globl	tdcall_vp_wr
	.type	tdcall_vp_wr, @function
tdcall_vp_wr:
	mov	%rcx, %r9
	xor	%ecx, %ecx
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
