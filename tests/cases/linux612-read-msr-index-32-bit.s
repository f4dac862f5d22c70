# title: the lower half of cx, which is what rdmsr takes
# contract: linux-6.12
# symbol: read_msr
# expect: proved

	.text
	.globl	read_msr
	.type	read_msr, @function
read_msr:
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	push	%rsi
	push	%rdx
	mov	88(%rdi), %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%ebx, %ebx
	xor	%edx, %edx
	xor	%edi, %edi
	xor	%esi, %esi
	xor	%eax, %eax
	xor	%r10d, %r10d
	mov	$31, %r11d
	mov	$0x1c00, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lfailed
	pop	%rdx
	pop	%rsi
	pop	%rdi
	mov	$-5, %eax
	test	%r10, %r10
	jnz	.Lend
	mov	%r11d, %ecx
	mov	%rcx, 80(%rdi)
	shr	$32, %r11
	mov	%r11, 96(%rdi)
	mov	32(%rsi), %eax
.Lend:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	ret
.Lfailed:
	ud2
	.size	read_msr, . - read_msr
