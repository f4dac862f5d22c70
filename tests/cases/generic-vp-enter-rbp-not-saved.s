# title: TDG.VP.ENTER changes rbp, and nobody saved it
# contract: generic
# symbol: my_vp_enter
# expect: refuted preserves/rbp
# because: rbp

	.text
	.globl	my_vp_enter
	.type	my_vp_enter, @function
my_vp_enter:
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rdi, %rcx
	mov	%rsi, %rdx
	mov	$25, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	ret
	.size	my_vp_enter, . - my_vp_enter
