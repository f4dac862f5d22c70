# title: a branch on what the module wrote into a buffer that had been cleared (TDG.MR.REPORT)
# contract: generic
# symbol: report
# expect: refuted confines/rdx
# because: entry.r12

	.text
	.globl	report
	.type	report, @function
report:
	movq	$0, (%rdi)
	mov	%rdi, %rcx
	mov	%rsi, %rdx
	xor	%r8d, %r8d
	mov	$4, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall: TDG.MR.REPORT
	xor	%edx, %edx
	cmpq	$0, (%rdi)
	je	.Lempty
	mov	%r12, %rdx
.Lempty:
	mov	$0x404, %ecx
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%edx, %edx
	ret
	.size	report, . - report
