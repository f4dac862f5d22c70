# title: every register but rsp changes: all that is needed comes from the stack
# contract: shapes.yaml
# symbol: vp_enter
# expect: proved

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
	push	%rdx
	mov	%rdi, %rcx
	mov	%rsi, %rdx
	mov	$25, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%rdx
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
