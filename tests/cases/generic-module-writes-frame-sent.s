# title: a word of a report that the module writes into the frame is sent, where it did
# contract: generic
# symbol: report
# expect: proved

	.text
	.globl	report
	.type	report, @function
report:
	push	%rbx
	sub	$1024, %rsp
	mov	%rsp, %rcx
	mov	%rdi, %rdx
	xor	%r8d, %r8d
	mov	$4, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall: TDG.MR.REPORT
	xor	%edx, %edx
	test	%rax, %rax
	jnz	.Lcall
	mov	8(%rsp), %rdx
.Lcall:
	mov	$0x404, %ecx
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%edx, %edx
	add	$1024, %rsp
	pop	%rbx
	ret
	.size	report, . - report
