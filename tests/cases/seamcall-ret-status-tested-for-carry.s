# title: outputs are written back only when the status is zero
# contract: seed
# symbol: __seamcall_ret
# expect: refuted yields/rcx
# because: rcx
# expect: refuted yields/rdx
# because: rdx
# expect: refuted yields/r8
# because: r8
# expect: refuted yields/r9
# because: r9
# expect: refuted yields/r10
# because: r10
# expect: refuted yields/r11
# because: r11

	.text
	.globl	__seamcall_ret
	.type	__seamcall_ret, @function
__seamcall_ret:
	mov	%rdi, %rax
	mov	(%rsi), %rcx
	mov	8(%rsi), %rdx
	mov	16(%rsi), %r8
	mov	24(%rsi), %r9
	mov	32(%rsi), %r10
	mov	40(%rsi), %r11
.Lseamcall:
	.byte	0x66,0x0f,0x01,0xcf		# seamcall
	jc	.Linvalid
	test	%rax, %rax
	jnz	.Lout
	mov	%rcx, (%rsi)
	mov	%rdx, 8(%rsi)
	mov	%r8, 16(%rsi)
	mov	%r9, 24(%rsi)
	mov	%r10, 32(%rsi)
	mov	%r11, 40(%rsi)
.Lout:
	ret
.Linvalid:
	movabs	$0x8000ff00ffff0000, %rax
	ret
.Lfault:
	movabs	$0x8000ff0000000000, %rcx
	or	%rcx, %rax
	ret
	.size	__seamcall_ret, . - __seamcall_ret

	.section	__ex_table, "a"
	.balign	4
	.long	.Lseamcall - .
	.long	.Lfault - .
	.long	2
