# title: r12 to r14 are saved in stack slots with moves
# contract: seed
# symbol: tdvmcall_mmio_read
# expect: proved

	.text
	.globl	tdvmcall_mmio_read
	.type	tdvmcall_mmio_read, @function
tdvmcall_mmio_read:
	sub	$24, %rsp
	mov	%r14, (%rsp)
	mov	%r13, 8(%rsp)
	mov	%r12, 16(%rsp)
	mov	%rdi, %r12
	xor	%r13d, %r13d
	mov	%rsi, %r14
	xor	%r10d, %r10d
	mov	$0x30, %r11d
	mov	$0x7c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r11, (%rdx)
	mov	%r10, %rax
	mov	16(%rsp), %r12
	mov	8(%rsp), %r13
	mov	(%rsp), %r14
	add	$24, %rsp
	ret
.Lpanic:
	ud2
	.size	tdvmcall_mmio_read, . - tdvmcall_mmio_read
