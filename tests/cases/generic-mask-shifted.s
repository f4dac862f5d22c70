# title: the mask is that of the caller, one place further: which registers it selects is not the caller's choice
# contract: generic
# symbol: f
# expect: refuted confines/rbx
# because: entry.rbx

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbx
	lea	(%rdi,%rdi), %rcx
	and	$0xc08, %ecx
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%rbx
	ret
	.size	f, . - f
