# title: what a variable is assigned depends on where its store is come from
# contract: generic
# symbol: *
# expect: incomplete complete
# because: assigns what is not known

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%edi, %r12d
	mov	$0x43, %esi
	call	*ports+8(%rip)
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f

	.type	plain, @function
plain:
	mov	%esi, %eax
	mov	%edi, %edx
	out	%al, %dx
	ret
	.size	plain, . - plain

	.type	in_a_td, @function
in_a_td:
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	movzwl	%di, %r14d
	movzbl	%sil, %r15d
	mov	$30, %r11d
	mov	$1, %r12d
	mov	$1, %r13d
	xor	%r10d, %r10d
	mov	$0xfc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	ret
	.size	in_a_td, . - in_a_td

	.globl	setup
	.type	setup, @function
setup:
	test	%edi, %edi
	jz	1f
	lea	plain(%rip), %rax
1:	mov	%rax, ports+8(%rip)
	ret
	.size	setup, . - setup

	.data
	.balign	8
	.type	ports, @object
	.size	ports, 16
ports:
	.quad	0
	.quad	0
