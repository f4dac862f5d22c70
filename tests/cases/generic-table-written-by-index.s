# title: a secret is stored in a table by an index, and one entry of the table is sent
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: entry.rbx

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	cmp	$3, %rdi
	ja	.Lout
	mov	%rbx, table(,%rdi,8)
	mov	table+8(%rip), %r12
	movq	$0, table(,%rdi,8)
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
.Lout:
	pop	%r12
	ret
	.size	f, . - f

	.data
	.balign	32
table:
	.quad	0, 0, 0, 0
