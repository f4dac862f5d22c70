# title: follows what a function outside returned that was handed a place of the frame: it may be that place
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: ext.6.rax.object[

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%rbx
	sub	$24, %rsp
	mov	%rbx, (%rsp)
	mov	%rsp, %rdi
	call	ext
	mov	(%rax), %r12
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$24, %rsp
	pop	%rbx
	pop	%r12
	ret
	.size	f, . - f
