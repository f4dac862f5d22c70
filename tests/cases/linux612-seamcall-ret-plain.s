# title: six outputs written back, but not when the module was not reached
# contract: linux-6.12
# symbol: __seamcall_ret
# expect: proved

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
	mov	%rcx, (%rsi)
	mov	%rdx, 8(%rsi)
	mov	%r8, 16(%rsi)
	mov	%r9, 24(%rsi)
	mov	%r10, 32(%rsi)
	mov	%r11, 40(%rsi)
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
