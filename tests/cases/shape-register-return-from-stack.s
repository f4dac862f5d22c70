# title: the return address is taken from the stack, where it is not
# contract: shapes.yaml
# symbol: far_halt
# expect: refuted memory/reads
# because: caller's frame
# expect: incomplete complete
# because: target that is not known

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
	mov	(%rsp), %rcx
	jmp	*%rcx
.Lpanic:
	ud2
	.size	far_halt, . - far_halt
