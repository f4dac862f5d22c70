# title: the leaf is from a table of the image, which no caller chose: TDG.SERVTD.RD, one of them, may change r12 and r13, and others may stand there
# contract: generic
# symbol: f
# expect: refuted preserves/r12
# expect: refuted preserves/r13
# expect: refuted preserves/r14
# expect: refuted preserves/r15
# expect: refuted preserves/rbp
# expect: refuted preserves/rbx

	.text
	.globl	f
	.type	f, @function
f:
	and	$1, %edi
	lea	table(%rip), %rax
	mov	(%rax,%rdi,8), %rax
	xor	%ecx, %ecx
	mov	%rsi, %rdx
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f

	.section .data.rel.ro, "aw"
	.balign	8
table:	.quad	7, 18
