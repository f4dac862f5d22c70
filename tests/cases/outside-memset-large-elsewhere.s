# title: a page and more of an object that a pointer in memory leads to is cleared by memset
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	(%rdi), %rdi
	xor	%esi, %esi
	mov	$0x4000, %edx
	call	memset
	mov	$1, %r12d
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
