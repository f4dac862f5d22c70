# title: what a function is declared to change ends below a pointer that is spilled there
# contract: linux-6.12
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$136, %rsp
	mov	%rdi, 120(%rsp)
	lea	8(%rsp), %rdi
	mov	$15, %edx
	mov	$1, %ecx
	call	insn_decode
	mov	120(%rsp), %rdi
	movq	$1, (%rdi)
	mov	%eax, %r12d
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$136, %rsp
	pop	%r12
	xor	%ecx, %ecx
	xor	%r11d, %r11d
	ret
	.size	f, . - f
