# title: ports are written in every width and form, which changes no register
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%rdi, %rax
	mov	%esi, %edx
	out	%al, $0x80
	out	%ax, $0x80
	out	%eax, $0x80
	out	%al, %dx
	out	%ax, %dx
	out	%eax, %dx
	xor	%rdi, %rax			# nothing is left of r13 if rax is what it was
	neg	%rax
	sbb	%r12, %r12
	and	%r13, %r12
	cmp	%esi, %edx
	je	1f
	mov	%r13, %r12
1:
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
