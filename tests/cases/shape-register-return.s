# title: the return address came in rbx, and there is a stack all the same
# contract: shapes.yaml
# symbol: far_halt
# expect: proved

	.text
	.globl	far_halt
	.type	far_halt, @function
far_halt:
	mov	%rdi, %r12
	xor	%r10d, %r10d
	mov	$0xc, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	jmp	*%rbx
.Lpanic:
	ud2
	.size	far_halt, . - far_halt
