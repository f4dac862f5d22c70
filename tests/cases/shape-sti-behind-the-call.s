# title: sti behind the call, which the flag at return does not show
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
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	test	%rdi, %rdi
	jz	.Lout
	sti
.Lout:
	mov	%r10, %rax
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	safe_halt, . - safe_halt
