# title: SEAMCALL with all three outcomes handled
# contract: generic
# symbol: my_seamcall
# expect: proved

	.text
	.globl	my_seamcall
	.type	my_seamcall, @function
my_seamcall:
	mov	%rdi, %rax
	mov	%rsi, %rcx
.Lseamcall:
	.byte	0x66,0x0f,0x01,0xcf		# seamcall
	jc	.Linvalid
	ret
.Linvalid:
.Lfault:
	mov	$-1, %rax
	ret
	.size	my_seamcall, . - my_seamcall

	.section	__ex_table, "a"
	.balign	4
	.long	.Lseamcall - .
	.long	.Lfault - .
	.long	2
