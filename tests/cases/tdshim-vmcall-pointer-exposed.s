# title: the mask selects r8 too, where the pointer waits: the VMM sees it, and chooses where the answer goes
# contract: td-shim
# symbol: asm_td_vmcall
# expect: refuted mask/permitted
# because: r8
# expect: refuted confines/r8
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
	mov	%rcx, %r8
	mov	(%rcx), %r10
	mov	8(%rcx), %r11
	mov	16(%rcx), %r12
	mov	24(%rcx), %r13
	mov	32(%rcx), %r14
	mov	40(%rcx), %r15
	mov	$0xfd00, %ecx
	xor	%eax, %eax
	test	%rdx, %rdx
	jz	.Lcall
	sti
.Lcall:
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%r8, %rcx
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, (%rcx)
	mov	%r11, 8(%rcx)
	mov	%r12, 16(%rcx)
	mov	%r13, 24(%rcx)
	mov	%r14, 32(%rcx)
	mov	%r15, 40(%rcx)
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
