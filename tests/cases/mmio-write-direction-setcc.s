# title: the direction is made with a comparison that always holds
# contract: seed
# symbol: tdvmcall_mmio_write
# expect: proved

	.text
	.globl	tdvmcall_mmio_write
	.type	tdvmcall_mmio_write, @function
tdvmcall_mmio_write:
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rdi, %r12
	xor	%r13d, %r13d
	cmp	%rsp, %rsp
	sete	%r13b
	mov	%rsi, %r14
	mov	%rdx, %r15
	xor	%r10d, %r10d
	mov	$0x30, %r11d
	mov	$0xfc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_mmio_write, . - tdvmcall_mmio_write
