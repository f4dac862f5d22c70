# title: a function that prints is handed an object and does not change it
# contract: linux-6.12
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%rbx
	sub	$24, %rsp
	mov	%rdi, 8(%rsp)
	lea	8(%rsp), %rsi
	xor	%edi, %edi
	call	_printk
	mov	8(%rsp), %r12
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$24, %rsp
	pop	%rbx
	pop	%r12
	xor	%ecx, %ecx
	xor	%r11d, %r11d
	ret
	.size	f, . - f
