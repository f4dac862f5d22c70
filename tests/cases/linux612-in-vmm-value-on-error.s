# title: the VMM's value is taken though it refused
# contract: linux-6.12
# symbol: handle_in
# expect: refuted returns/regs.ax
# because: regs.ax

	.text
	.globl	handle_in
	.type	handle_in, @function
handle_in:
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	push	%rsi
	push	%rdx
	mov	%esi, %r12d
	mov	%edx, %r14d
	xor	%r13d, %r13d
	xor	%r15d, %r15d
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%ebx, %ebx
	xor	%edx, %edx
	xor	%edi, %edi
	xor	%esi, %esi
	xor	%eax, %eax
	xor	%r10d, %r10d
	mov	$30, %r11d
	mov	$0x7c00, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lfailed
	pop	%rdx
	pop	%rsi
	pop	%rdi
	xor	%ecx, %ecx
	test	%r10, %r10
	setz	%al
	cmp	$2, %esi
	ja	.Lfour
	je	.Ltwo
	mov	%r11b, 80(%rdi)
	jmp	.Lend
.Ltwo:
	mov	%r11w, 80(%rdi)
	jmp	.Lend
.Lfour:
	mov	%r11d, %r11d
	mov	%r11, 80(%rdi)
.Lend:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	ret
.Lfailed:
	ud2
	.size	handle_in, . - handle_in
