# title: the carry flag and the fix-up each have a path of their own
# contract: linux-6.12
# symbol: __seamcall
# expect: proved

	.text
	.globl	__seamcall
	.type	__seamcall, @function
__seamcall:
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
	ret
.Linvalid:
	movabs	$0x8000ff00ffff0000, %rax
	ret
.Lfault:
	movabs	$0x8000ff0000000000, %rcx
	or	%rcx, %rax
	ret
	.size	__seamcall, . - __seamcall

	.section	__ex_table, "a"
	.balign	4
	.long	.Lseamcall - .
	.long	.Lfault - .
	.long	2
