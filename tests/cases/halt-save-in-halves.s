# title: r12 is saved and restored in two 32-bit halves
# contract: seed
# symbol: tdvmcall_halt
# expect: proved

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	sub	$8, %rsp
	mov	%r12d, (%rsp)
	shr	$32, %r12
	mov	%r12d, 4(%rsp)
	mov	%rdi, %r12
	xor	%r10d, %r10d
	mov	$0xc, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	4(%rsp), %r12d
	shl	$32, %r12
	mov	(%rsp), %eax
	or	%rax, %r12
	mov	%r10, %rax
	add	$8, %rsp
	ret
.Lpanic:
	ud2
	.size	tdvmcall_halt, . - tdvmcall_halt
