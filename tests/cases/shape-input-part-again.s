# title: outputs-only registers hold the declared parts once more
# contract: shapes.yaml
# symbol: cpuid_of_query
# expect: proved

	.text
	.globl	cpuid_of_query
	.type	cpuid_of_query, @function
cpuid_of_query:
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	(%rdi), %r12d
	mov	8(%rdi), %r13
	and	$0xfff, %r13d
	mov	%r12, %r14
	movzwl	8(%rdi), %r15d
	shl	$52, %r15
	xor	%r10d, %r10d
	mov	$0xa, %r11d
	mov	$0xfc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r12, (%rsi)
	mov	%r13, 8(%rsi)
	mov	%r14, 16(%rsi)
	mov	%r15, 24(%rsi)
	mov	%r10, %rax
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	cpuid_of_query, . - cpuid_of_query
