# title: the jump target is written with the VMM's answer and is a constant all the same
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: refuted yields/r11
# because: gpa[0] does not hold
# expect: refuted returns/rax
# because: rax
# expect: refuted preserves/rbx
# because: rbx
# expect: refuted preserves/rbp
# because: rbp

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
	.byte 0x66,0x0f,0x01,0xcc
	test	%rax, %rax
	jnz	.Lpanic
	test	%r10, %r10
	jz	1f
	lea	(%r11,%r11), %rax
	and	$1, %eax
	lea	evil(%rip), %rcx
	add	%rcx, %rax
	jmp	*%rax
1:
	mov	%r11, (%rdi)
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
evil:
	xor %eax,%eax
	mov $1,%ebx
	mov $2,%ebp
	pop %r13
	pop %r12
	ret
	.size	tdvmcall_map_gpa, . - tdvmcall_map_gpa
