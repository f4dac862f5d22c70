# title: only the low half of the status is tested
# contract: seed
# symbol: tdvmcall_wrmsr
# expect: refuted failure/tdcall
# because: status

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
	mov	%eax, %eax
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_wrmsr, . - tdvmcall_wrmsr
