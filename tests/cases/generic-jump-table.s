# title: an argument below 3 chooses a case by a table of distances, as compilers translate a switch
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	cmp	$2, %edi
	ja	.Lother
	mov	%edi, %edi
	lea	.Ltable(%rip), %rdx
	movslq	(%rdx,%rdi,4), %rax
	add	%rdx, %rax
	jmp	*%rax
.Lnothing:
	xor	%eax, %eax
	ret
.Lcall:
	xor	%eax, %eax
	xor	%r10d, %r10d
	mov	$0x400, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
.Lother:
	mov	$-1, %eax
	ret
	.size	f, . - f

	.section .rodata
	.balign	4
.Ltable:
	.long	.Lnothing - .Ltable, .Lcall - .Ltable, .Lnothing - .Ltable
