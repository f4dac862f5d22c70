# title: what a returned pointer leads into is the object of an argument, as the contract set says: a secret stored through it is read there
# contract: linux-6.12
# symbol: f
# expect: incomplete confines/r12
# because: nobody.rdi

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%rbp
	push	%rbx
	sub	$120, %rsp
	mov	%rdi, %rbp
	mov	%rdi, %rsi
	mov	%rsp, %rdi
	call	insn_get_modrm_reg_ptr
	mov	%r13, (%rax)
	mov	80(%rbp), %r12
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$120, %rsp
	pop	%rbx
	pop	%rbp
	pop	%r12
	xor	%ecx, %ecx
	xor	%r11d, %r11d
	ret
	.size	f, . - f
