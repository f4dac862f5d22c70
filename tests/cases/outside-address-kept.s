# title: a function outside may have kept an address of the frame, and the next one may change rbx there
# contract: generic
# symbol: f
# expect: incomplete preserves/rbx
# because: rbx differs

	.text
	.globl	f
	.type	f, @function
f:	push	%rbx
	mov	%rsp, %rdi
	call	reg
	mov	%rbx, (%rsp)
	xor	%edi, %edi
	call	poke
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
