# title: a kernel has 16 KiB of stack in all, whatever firmware may use
# contract: linux-6.12
# symbol: __halt
# expect: refuted memory/writes
# because: below the entry stack pointer

	.text
	.globl	__halt
	.type	__halt, @function
__halt:
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	sub	$0x5000, %rsp
	movb	$0, (%rsp)
	add	$0x5000, %rsp
	movzbl	%dil, %r12d
	mov	$0xc, %r11d
	xor	%r10d, %r10d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	xor	%edx, %edx
	xor	%ebx, %ebx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	mov	$0xffcc, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	ret
.Lpanic:
	call	__tdx_hypercall_failed
	.size	__halt, . - __halt
