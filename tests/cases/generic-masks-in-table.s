# title: the mask comes from a read-only table, by an index that is an argument
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	cmp	$3, %rdi
	ja	.Lout
	mov	%rsi, %r12
	lea	table(%rip), %rax
	mov	(%rax,%rdi,8), %rcx
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
.Lout:
	pop	%r12
	ret
	.size	f, . - f

	.section .rodata
table:
	.quad	0xc00, 0x1c00, 0x1400, 0
