# title: the contract set says which argument a returned pointer leads into: not the place of the frame
# contract: linux-6.12
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%rbx
	sub	$120, %rsp
	mov	%rbx, (%rsp)
	mov	%rsp, %rdi
	call	insn_get_modrm_reg_ptr
	mov	(%rax), %r12
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$120, %rsp
	pop	%rbx
	pop	%r12
	xor	%ecx, %ecx
	xor	%r11d, %r11d
	ret
	.size	f, . - f
