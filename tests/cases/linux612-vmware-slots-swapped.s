# title: the third and the fourth output change places
# contract: linux-6.12
# symbol: vmware_tdx_hypercall
# expect: refuted yields/rdx
# because: out3[0]
# expect: refuted yields/rsi
# because: out4[0]

	.text
	.globl	vmware_tdx_hypercall
	.type	vmware_tdx_hypercall, @function
vmware_tdx_hypercall:
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%r9
	mov	$0x1af7e4909, %r10
	mov	$1, %r11d
	mov	$0x564d5868, %r12d
	mov	%rdi, %r13
	mov	%rsi, %rbx
	mov	%rcx, %rsi
	mov	%r8, %rdi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	mov	$0xffcc, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	pop	%rcx
	test	%rcx, %rcx
	jz	.L2
	mov	%ebx, (%rcx)
.L2:
	mov	0x30(%rsp), %rcx
	test	%rcx, %rcx
	jz	.L3
	mov	%r13d, (%rcx)
.L3:
	mov	0x38(%rsp), %rcx
	test	%rcx, %rcx
	jz	.L4
	mov	%esi, (%rcx)
.L4:
	mov	0x40(%rsp), %rcx
	test	%rcx, %rcx
	jz	.L5
	mov	%edx, (%rcx)
.L5:
	mov	0x48(%rsp), %rcx
	test	%rcx, %rcx
	jz	.Lout
	mov	%edi, (%rcx)
.Lout:
	mov	%r12, %rax
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	ret
.Lpanic:
	ud2
	.size	vmware_tdx_hypercall, . - vmware_tdx_hypercall

	.data
	.globl	x86_hyper_type
	.type	x86_hyper_type, @object
	.size	x86_hyper_type, 4
x86_hyper_type:
	.long	1
