# title: the pointer is kept in a frame slot and rdx reused
# contract: seed
# symbol: tdvmcall_mmio_read
# expect: proved

	.text
	.globl	tdvmcall_mmio_read
	.type	tdvmcall_mmio_read, @function
tdvmcall_mmio_read:
	push	%rbp
	mov	%rsp, %rbp
	sub	$8, %rsp
	mov	%rdx, -8(%rbp)
	mov	$0x30, %edx
	push	%r12
	push	%r13
	push	%r14
	mov	%rdi, %r12
	xor	%r13d, %r13d
	mov	%rsi, %r14
	xor	%r10d, %r10d
	mov	%rdx, %r11
	mov	$0x7c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	-8(%rbp), %rdx
	mov	%r11, (%rdx)
	mov	%r10, %rax
	pop	%r14
	pop	%r13
	pop	%r12
	leave
	ret
.Lpanic:
	ud2
	.size	tdvmcall_mmio_read, . - tdvmcall_mmio_read
