# title: an argument decides whether the module is called and then the VMM, or nobody
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	test	%rdi, %rdi
	jz	1f
	mov	$1, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	$0xc00, %ecx
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
1:
	ret
	.size	f, . - f
