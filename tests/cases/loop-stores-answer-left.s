# title: a loop without a known bound copies an answer of the VMM to the caller's object, which is left in a register
# contract: generic
# symbol: f
# scrubs: asked
# expect: refuted scrubs/r9
# because: vmm.

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbx
	mov	%rdi, %rbx
	mov	%rsi, %r8
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x800, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
1:
	mov	%r11, (%rbx)
	dec	%r8
	jnz	1b
	xor	%eax, %eax
	mov	(%rbx), %r9
	xor	%r11d, %r11d
	pop	%rbx
	ret
	.size	f, . - f
