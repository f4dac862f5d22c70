# title: a pointer that is never NULL is tested for it
# contract: seed
# symbol: tdvmcall_rdmsr
# expect: proved

	.text
	.globl	tdvmcall_rdmsr
	.type	tdvmcall_rdmsr, @function
tdvmcall_rdmsr:
	push	%r12
	mov	%rdi, %r12
	xor	%r10d, %r10d
	mov	$0x1f, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	test	%rsi, %rsi
	jz	.Lout
	mov	%r11, (%rsi)
.Lout:
	mov	%r10, %rax
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_rdmsr, . - tdvmcall_rdmsr
