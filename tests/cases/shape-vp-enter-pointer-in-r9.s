# title: the pointer waits in r9, which other leaves keep
# contract: shapes.yaml
# symbol: vp_enter
# expect: refuted memory/writes
# because: r9
# expect: refuted yields/rcx
# because: exit_qualification

	.text
	.globl	vp_enter
	.type	vp_enter, @function
vp_enter:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rdx, %r9
	mov	%rdi, %rcx
	mov	%rsi, %rdx
	mov	$25, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%r9, %rdx
	test	%rdx, %rdx
	jz	.Lend
	mov	%rcx, (%rdx)
.Lend:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.size	vp_enter, . - vp_enter
