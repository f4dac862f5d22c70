# title: a narrow argument on the stack, and an optional pointer behind it
# contract: shapes.yaml
# symbol: PortIo
# expect: proved

	.text
	.globl	PortIo
	.type	PortIo, @function
PortIo:
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rcx, %r12
	mov	%rdx, %r13
	mov	%r8, %r14
	mov	0x48(%rsp), %r15d
	xor	%r10d, %r10d
	mov	$0x1e, %r11d
	mov	$0xfc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	0x58(%rsp), %rcx
	test	%rcx, %rcx
	jz	.Lout
	test	%r10, %r10
	jnz	.Lout
	mov	%r11, (%rcx)
.Lout:
	mov	%r10, %rax
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	PortIo, . - PortIo
