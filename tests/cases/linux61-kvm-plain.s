# title: a vendor call: r10 is the number, and no status afterwards
# contract: linux-6.1
# symbol: tdx_kvm_hypercall
# expect: proved

	.text
	.globl	tdx_kvm_hypercall
	.type	tdx_kvm_hypercall, @function
tdx_kvm_hypercall:
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%edi, %r10d
	mov	%rsi, %r11
	mov	%rdx, %r12
	mov	%rcx, %r13
	mov	%r8, %r14
	xor	%r15d, %r15d
	mov	$0xfc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdx_kvm_hypercall, . - tdx_kvm_hypercall
