# title: an argument decides which of two leaves, neither of which changes what functions preserve
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	mov	$1, %eax
	mov	$3, %ecx
	test	%rdi, %rdi
	cmovz	%ecx, %eax
	mov	%rsi, %rcx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f
