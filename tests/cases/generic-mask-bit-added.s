# title: the caller chooses the mask, the function adds rbx to it
# contract: generic
# symbol: f
# expect: refuted confines/rbx
# because: entry.rbx

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbx
	mov	%rdi, %rcx
	and	$0xc00, %ecx
	or	$8, %rcx
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%rbx
	ret
	.size	f, . - f
