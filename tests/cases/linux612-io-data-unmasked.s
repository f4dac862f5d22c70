# title: a write of one byte sends the whole register
# contract: linux-6.12
# symbol: handle_io
# expect: refuted passes/r15
# because: low_bytes
# expect: refuted confines/r15
# because: r15

	.text
	.globl	handle_io
	.type	handle_io, @function
handle_io:
	testb	$16, 8(%rsi)
	jnz	.Lnone
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	push	%rsi
	push	%rdx
	mov	8(%rsi), %ecx
	mov	%ecx, %r14d
	shr	$16, %r14d
	mov	%ecx, %r13d
	shr	$3, %r13d
	not	%r13d
	and	$1, %r13d
	mov	%ecx, %r12d
	and	$7, %r12d
	inc	%r12d
	xor	%r15d, %r15d
	test	%r13d, %r13d
	jz	.Lcall
	mov	80(%rdi), %r15
	jmp	.Lcall
	mov	$0xffff, %eax
	je	.Lmask
	mov	$0xff, %eax
.Lmask:
	and	%eax, %r15d
.Lcall:
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%ebx, %ebx
	xor	%edx, %edx
	xor	%edi, %edi
	xor	%esi, %esi
	xor	%eax, %eax
	xor	%r10d, %r10d
	mov	$30, %r11d
	mov	$0xfc00, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lfailed
	pop	%rdx
	pop	%rsi
	pop	%rdi
	mov	8(%rsi), %ecx
	test	$8, %cl
	jz	.Ltold
	and	$7, %ecx
	xor	%edx, %edx
	test	%r10, %r10
	cmovnz	%rdx, %r11
	cmp	$1, %ecx
	ja	.Lfour
	je	.Ltwo
	mov	%r11b, 80(%rdi)
	jmp	.Ltold
.Ltwo:
	mov	%r11w, 80(%rdi)
	jmp	.Ltold
.Lfour:
	mov	%r11d, %r11d
	mov	%r11, 80(%rdi)
.Ltold:
	mov	$-5, %eax
	test	%r10, %r10
	jnz	.Lend
	mov	32(%rsi), %eax
.Lend:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	ret
.Lfailed:
	ud2
.Lnone:
	mov	$-5, %eax
	ret
	.size	handle_io, . - handle_io
