# title: a local function puts the inputs in place
# contract: seed
# symbol: tdvmcall_mmio_read
# expect: proved

	.text
	.globl	tdvmcall_mmio_read
	.type	tdvmcall_mmio_read, @function
tdvmcall_mmio_read:
	push	%r12
	push	%r13
	push	%r14
	call	mmio_inputs
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

	.type	mmio_inputs, @function
mmio_inputs:
	mov	%rdi, %r12
	xor	%r13d, %r13d
	mov	%rsi, %r14
	xor	%r10d, %r10d
	mov	$0x30, %r11d
	mov	$0x7c00, %ecx
	xor	%eax, %eax
	ret
	.size	mmio_inputs, . - mmio_inputs
