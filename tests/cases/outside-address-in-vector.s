# title: a function outside finds an address of the frame in a vector that was stored, and may change rbx there
# contract: generic
# symbol: f
# expect: incomplete preserves/rbx
# because: rbx differs

	.text
	.globl	f
	.type	f, @function
f:	push	%rbx
	movq	%rsp, %xmm0
	movq	%rsi, %xmm1
	punpcklqdq	%xmm1, %xmm0
	movups	%xmm0, (%rdi)
	xor	%eax, %eax
	call	ext
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%rbx
	ret
	.size	f, . - f
