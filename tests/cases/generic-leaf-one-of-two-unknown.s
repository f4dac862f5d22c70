# title: one of two leaves is unknown
# contract: generic
# symbol: f
# expect: incomplete complete
# because: 0xc8

	.text
	.globl	f
	.type	f, @function
f:
	mov	$200, %eax
	mov	$1, %ecx
	test	%rdi, %rdi
	cmovz	%ecx, %eax
	mov	%rsi, %rcx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f
