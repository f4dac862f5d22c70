# title: the same with a table of bytes
# contract: generic
# symbol: f
# expect: refuted preserves/rbx
# because: rbx

	.text
	.globl	f
	.type	f, @function
f:
	cmp	$15, %rdi
	ja	.Lout
	mov	%rbx, table(%rip)
	mov	%sil, table(%rdi)
	xor	%ebx, %ebx
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	table(%rip), %rbx
.Lout:
	ret
	.size	f, . - f

	.data
	.balign	32
table:
	.quad	0, 0, 0, 0
