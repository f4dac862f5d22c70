# title: fills as many words of its frame as the caller says, over a saved register
# contract: generic
# symbol: f
# expect: incomplete complete
# because: a part of it is what a loop

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbx
	sub	$0x40, %rsp
	mov	%rsi, %rcx
	mov	%rsp, %rdi
	xor	%eax, %eax
	rep stosq
	xor	%ecx, %ecx
	mov	$6, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$0x40, %rsp
	pop	%rbx
	ret
	.size	f, . - f
