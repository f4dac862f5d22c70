# title: a table of functions in read-only data is called by an index that is an argument
# contract: generic
# symbol: f
# expect: refuted preserves/rbx
# because: rbx

	.text
	.type	one, @function
one:
	ret
	.size	one, . - one
	.type	two, @function
two:
	mov	%edi, %ebx
	ret
	.size	two, . - two
	.globl	f
	.type	f, @function
f:
	sub	$8, %rsp
	and	$1, %edi
	lea	.Ltable(%rip), %rdx
	call	*(%rdx,%rdi,8)
	add	$8, %rsp
	xor	%eax, %eax
	xor	%r10d, %r10d
	mov	$0x400, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f

	.section .rodata
	.balign	8
.Ltable:
	.quad	one, two
