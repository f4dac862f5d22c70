# title: the status is not looked at
# contract: seed
# symbol: tdvmcall_mmio_read
# expect: refuted failure/tdcall
# because: status

	.text
	.globl	tdvmcall_mmio_read
	.type	tdvmcall_mmio_read, @function
tdvmcall_mmio_read:
	push	%r12
	push	%r13
	push	%r14
	mov	%rdi, %r12
	xor	%r13d, %r13d
	mov	%rsi, %r14
	xor	%r10d, %r10d
	mov	$0x30, %r11d
	mov	$0x7c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%r11, (%rdx)
	mov	%r10, %rax
	pop	%r14
	pop	%r13
	pop	%r12
	ret
	.size	tdvmcall_mmio_read, . - tdvmcall_mmio_read
