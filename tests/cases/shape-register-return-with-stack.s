# title: the return address waits on the stack
# contract: shapes.yaml
# symbol: far_halt
# expect: proved

	.text
	.globl	far_halt
	.type	far_halt, @function
far_halt:
	push	%rbx
	mov	%rdi, %r12
	xor	%r10d, %r10d
	mov	$0xc, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%rbx
	jmp	*%rbx
.Lpanic:
	ud2
	.size	far_halt, . - far_halt
