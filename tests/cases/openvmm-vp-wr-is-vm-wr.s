# title: the field of the TD is written in place of that of the processor
# contract: openvmm
# symbol: tdcall_vp_wr
# expect: refuted leaf
# because: TDG.VP.WR

	.text
	.globl	tdcall_vp_wr
	.type	tdcall_vp_wr, @function
tdcall_vp_wr:
	mov	%rcx, %r9
	xor	%ecx, %ecx
	mov	%rdx, %r8
	mov	%rsi, %rdx
	mov	$8, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	shr	$32, %rax
	neg	%rax
	sbb	%rax, %rax
	neg	%rax
	mov	%r8, %rdx
	ret
	.size	tdcall_vp_wr, . - tdcall_vp_wr
