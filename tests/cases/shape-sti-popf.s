# title: the flags word is built by hand
# contract: shapes.yaml
# symbol: safe_halt
# expect: proved

	.text
	.globl	safe_halt
	.type	safe_halt, @function
safe_halt:
	push	%r12
	xor	%r12d, %r12d
	xor	%r10d, %r10d
	mov	$0xc, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	test	%rdi, %rdi
	jz	.Lcall
	pushf
	orq	$0x200, (%rsp)
	popf
.Lcall:
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	safe_halt, . - safe_halt
