# title: the mask selects rdi, where the pointer is
# contract: asterinas
# symbol: asm_td_vmcall
# expect: refuted mask/permitted
# because: rdi
# expect: refuted confines/rdi
# because: arg.args
# expect: refuted memory/writes
# because: not a declared object
# expect: refuted yields/r10
# because: args.r10
# expect: refuted yields/r11
# because: args.r11
# expect: refuted yields/r12
# because: args.r12
# expect: refuted yields/r13
# because: args.r13
# expect: refuted yields/r14
# because: args.r14
# expect: refuted yields/r15
# because: args.r15

	.text
	.globl	asm_td_vmcall
	.type	asm_td_vmcall, @function
asm_td_vmcall:
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	(%rdi), %r10
	mov	8(%rdi), %r11
	mov	16(%rdi), %r12
	mov	24(%rdi), %r13
	mov	32(%rdi), %r14
	mov	40(%rdi), %r15
	mov	$0xfc80, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, (%rdi)
	mov	%r11, 8(%rdi)
	mov	%r12, 16(%rdi)
	mov	%r13, 24(%rdi)
	mov	%r14, 32(%rdi)
	mov	%r15, 40(%rdi)
	mov	%r10, %rax
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	asm_td_vmcall, . - asm_td_vmcall
