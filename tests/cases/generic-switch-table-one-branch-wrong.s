# title: one branch of a table of distances does not restore a register
# contract: generic
# symbol: my_vmcall
# expect: refuted preserves/r12
# expect: refuted preserves/rsp
# expect: refuted stack/return-address

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	mov	%rsi, %r12
	cmp	$4, %edi
	ja	.Lnone
	lea	.Ltable(%rip), %rdx
	mov	%edi, %edi
	movslq	(%rdx,%rdi,4), %rax
	add	%rdx, %rax
	jmp	*%rax
.Lhalt:
	mov	$0xc, %r11d
	jmp	.Lcall
.Lread:
	mov	$0x1f, %r11d
	jmp	.Lcall
.Lnone:
	nop
	xor	%eax, %eax
	ret
.Lcall:
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte 0x66,0x0f,0x01,0xcc
	mov	%r10, %rax
	pop	%r12
	ret
	.size	my_vmcall, . - my_vmcall

	.section .rodata
	.balign	4
.Ltable:
	.long	.Lhalt-.Ltable, .Lnone-.Ltable, .Lread-.Ltable, .Lhalt-.Ltable, .Lnone-.Ltable
	.section .note.GNU-stack, "", @progbits
