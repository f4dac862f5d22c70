# title: a leaf from a table of the image that is TDG.MR.RTMR.EXTEND, or the function returns
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	and	$1, %edi
	lea	table(%rip), %rax
	mov	(%rax,%rdi,8), %rax
	cmp	$2, %rax
	je	1f
	mov	$1, %eax
	ret
1:	xor	%ecx, %ecx
	mov	%rsi, %rdx
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f

	.section .data.rel.ro, "aw"
	.balign	8
table:	.quad	7, 18
