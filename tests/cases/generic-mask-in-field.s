# title: the caller chooses the mask in the second half of a word
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	mov	12(%rdi), %ecx
	and	$0xffff0fc4, %ecx
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f
