# title: the old value is exposed in r13
# contract: seed
# symbol: tdvmcall_rdmsr
# expect: refuted mask/permitted
# because: r13
# expect: refuted confines/r13
# because: r13

	.text
	.globl	tdvmcall_rdmsr
	.type	tdvmcall_rdmsr, @function
tdvmcall_rdmsr:
	push	%r13
	push	%r12
	mov	%rdi, %r12
	mov	(%rsi), %r13
	xor	%r10d, %r10d
	mov	$0x1f, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r11, (%rsi)
	mov	%r10, %rax
	pop	%r12
	pop	%r13
	ret
.Lpanic:
	ud2
	.size	tdvmcall_rdmsr, . - tdvmcall_rdmsr
