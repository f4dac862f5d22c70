# title: an argument decides which of two masks it is, and one selects rbx
# contract: generic
# symbol: f
# expect: refuted confines/rbx
# because: entry.rbx

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbx
	mov	$0xc00, %ecx
	mov	$0xc08, %edx
	test	%rdi, %rdi
	cmovne	%edx, %ecx
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%rbx
	ret
	.size	f, . - f
