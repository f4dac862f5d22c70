# title: both words of what another function returned are shown
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbx
	xor	%edx, %edx
	call	ext
	mov	%rax, %r8
	mov	%rdx, %r9
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	mov	$0xf00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%rbx
	ret
	.size	f, . - f
