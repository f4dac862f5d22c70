# title: TDG.SERVTD.RD writes r12 and r13, which its author did not think of
# contract: generic
# symbol: my_servtd_rd
# expect: refuted preserves/r12
# because: r12
# expect: refuted preserves/r13
# because: r13

	.text
	.globl	my_servtd_rd
	.type	my_servtd_rd, @function
my_servtd_rd:
	mov	%rdi, %rcx
	mov	%rsi, %rdx
	mov	$18, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	my_servtd_rd, . - my_servtd_rd
