# title: r12 and r13 are both restored from the slot of r13
# contract: seed
# symbol: tdvmcall_wrmsr
# expect: refuted preserves/r12
# because: r12

	.text
	.globl	tdvmcall_wrmsr
	.type	tdvmcall_wrmsr, @function
tdvmcall_wrmsr:
	push	%r12
	push	%r13
	mov	%rdi, %r12
	mov	%rsi, %r13
	xor	%r10d, %r10d
	mov	$0x20, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	mov	(%rsp), %r13
	mov	(%rsp), %r12
	add	$16, %rsp
	ret
.Lpanic:
	ud2
	.size	tdvmcall_wrmsr, . - tdvmcall_wrmsr
