# title: copies as much of its frame as the caller says to where it reads what it sends
# contract: generic
# symbol: f
# expect: incomplete complete
# because: a part of it is what a loop

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbx
	push	%rdi
	mov	%rsi, %rcx
	mov	%rsp, %rsi
	rep movsq
	pop	%rdi
	mov	(%rdi), %r8
	mov	$0xd00, %ecx
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%rbx
	ret
	.size	f, . - f
