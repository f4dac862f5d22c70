# title: a function that fills an object is handed one that nobody has written, and which is sent
# contract: linux-6.12
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$32, %rsp
	mov	%rsp, %rdi
	call	insn_decode_mmio
	mov	(%rsp), %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$32, %rsp
	pop	%r12
	ret
	.size	f, . - f

	.globl	insn_decode_mmio
	.type	insn_decode_mmio, @function
insn_decode_mmio:
	mov	$1, %eax
	ret
	.size	insn_decode_mmio, . - insn_decode_mmio
