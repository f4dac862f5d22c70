# title: what is sent depends on the case that a bit of a register that is no argument chooses
# contract: generic
# symbol: f
# expect: refuted confines/r11
# because: r11

	.text
	.globl	f
	.type	f, @function
f:
	mov	%ebx, %eax
	and	$1, %eax
	lea	.Ltable(%rip), %rdx
	movslq	(%rdx,%rax,4), %rax
	add	%rdx, %rax
	jmp	*%rax
.Lone:
	mov	$1, %r11d
	jmp	.Lcall
.Ltwo:
	mov	$2, %r11d
.Lcall:
	xor	%eax, %eax
	xor	%r10d, %r10d
	mov	$0xc00, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f

	.section .rodata
	.balign	4
.Ltable:
	.long	.Lone - .Ltable, .Ltwo - .Ltable
