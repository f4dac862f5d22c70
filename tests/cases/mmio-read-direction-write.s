# title: the direction says write
# contract: seed
# symbol: tdvmcall_mmio_read
# expect: refuted passes/r13
# because: r13

	.text
	.globl	tdvmcall_mmio_read
	.type	tdvmcall_mmio_read, @function
tdvmcall_mmio_read:
	push	%r12
	push	%r13
	push	%r14
	mov	%rdi, %r12
	mov	$1, %r13d
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
	pop	%r14
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_mmio_read, . - tdvmcall_mmio_read
