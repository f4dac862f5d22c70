# title: a call through the pointer to the hypercall page keeps the calling convention
# contract: linux-6.12
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbx
	push	%r12
	mov	%rdi, %rbx
	mov	hv_hypercall_pg(%rip), %rax
	call	*%rax
	mov	%rbx, %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	pop	%rbx
	ret
	.size	f, . - f
