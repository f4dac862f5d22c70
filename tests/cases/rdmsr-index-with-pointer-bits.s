# title: bits of the pointer fill the upper half of r12, which the index does not use
# contract: seed
# symbol: tdvmcall_rdmsr
# expect: refuted confines/r12
# because: r12

	.text
	.globl	tdvmcall_rdmsr
	.type	tdvmcall_rdmsr, @function
tdvmcall_rdmsr:
	push	%r12
	mov	%rsi, %r12
	shr	$32, %r12
	shl	$32, %r12
	mov	%edi, %eax
	or	%rax, %r12
	xor	%r10d, %r10d
	mov	$0x1f, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r11, (%rsi)
	mov	%r10, %rax
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_rdmsr, . - tdvmcall_rdmsr
