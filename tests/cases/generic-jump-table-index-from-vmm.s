# title: what the VMM answered chooses among two places in the function
# contract: generic
# symbol: f
# expect: refuted control/target
# because: target

	.text
	.globl	f
	.type	f, @function
f:
	xor	%eax, %eax
	xor	%r10d, %r10d
	mov	$0x400, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	and	$1, %r10d
	lea	.Ltable(%rip), %rdx
	movslq	(%rdx,%r10,4), %rax
	add	%rdx, %rax
	jmp	*%rax
.Lnothing:
	xor	%eax, %eax
	ret
.Lone:
	mov	$1, %eax
	ret
	.size	f, . - f

	.section .rodata
	.balign	4
.Ltable:
	.long	.Lnothing - .Ltable, .Lone - .Ltable
