# title: one of the cases that a table of addresses leads to changes rbx
# contract: generic
# symbol: f
# expect: refuted preserves/rbx
# because: rbx

	.text
	.globl	f
	.type	f, @function
f:
	cmp	$2, %edi
	ja	.Lother
	mov	%edi, %edi
	lea	.Ltable(%rip), %rdx
	jmp	*(%rdx,%rdi,8)
.Lnothing:
	xor	%eax, %eax
	ret
.Lcall:
	xor	%eax, %eax
	xor	%ebx, %ebx
xor	%r10d, %r10d
	mov	$0x400, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
.Lother:
	mov	$-1, %eax
	ret
	.size	f, . - f

	.section .rodata
	.balign	8
.Ltable:
	.quad	.Lnothing, .Lcall, .Lnothing
