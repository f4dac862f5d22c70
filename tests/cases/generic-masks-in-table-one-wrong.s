# title: one mask of the table exposes rbx
# contract: generic
# symbol: f
# expect: refuted confines/rbx
# because: entry.rbx

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%rbx
	cmp	$3, %rdi
	ja	.Lout
	mov	%rsi, %r12
	mov	table(,%rdi,8), %rcx
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
.Lout:
	pop	%rbx
	pop	%r12
	ret
	.size	f, . - f

	.section .rodata
table:
	.quad	0xc00, 0x1c08, 0x1400, 0
