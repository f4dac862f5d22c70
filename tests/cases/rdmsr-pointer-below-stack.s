# title: an error is also stored through a copy of the pointer that was kept below rsp
# contract: seed
# symbol: tdvmcall_rdmsr
# expect: refuted memory/writes
# because: write

	.text
	.globl	tdvmcall_rdmsr
	.type	tdvmcall_rdmsr, @function
tdvmcall_rdmsr:
	push	%r12
	mov	%rsi, -8(%rsp)
	mov	%rdi, %r12
	xor	%r10d, %r10d
	mov	$0x1f, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	test	%r10, %r10
	jz	.Lfine
	mov	-8(%rsp), %rdx
	mov	%r10, (%rdx)
.Lfine:
	mov	%r11, (%rsi)
	mov	%r10, %rax
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_rdmsr, . - tdvmcall_rdmsr
