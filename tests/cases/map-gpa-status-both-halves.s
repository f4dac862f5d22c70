# title: both halves of the status are tested, one after the other
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: proved

	.text
	.globl	tdvmcall_map_gpa
	.type	tdvmcall_map_gpa, @function
tdvmcall_map_gpa:
	push	%r12
	push	%r13
	mov	(%rdi), %r12
	mov	%rsi, %r13
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%rax, %rdx
	shr	$32, %rdx
	jnz	.Lpanic
	test	%eax, %eax
	jnz	.Lpanic
	mov	%r11, (%rdi)
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_map_gpa, . - tdvmcall_map_gpa
