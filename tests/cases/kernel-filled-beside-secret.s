# title: a function that fills an object is handed one below the place where rbx plus 1 is kept
# contract: linux-6.12
# symbol: f
# expect: refuted confines/r12
# because: r12

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$32, %rsp
	lea	1(%rbx), %rax
	mov	%rax, 16(%rsp)
	mov	%rsp, %rdx
	call	__next_mem_pfn_range
	mov	16(%rsp), %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$32, %rsp
	pop	%r12
	ret
	.size	f, . - f

	.globl	__next_mem_pfn_range
	.type	__next_mem_pfn_range, @function
__next_mem_pfn_range:
	mov	$1, %eax
	ret
	.size	__next_mem_pfn_range, . - __next_mem_pfn_range
