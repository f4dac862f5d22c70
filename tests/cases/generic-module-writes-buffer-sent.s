# title: what the module wrote into a buffer (TDG.MR.REPORT) is sent where it is not zero
# contract: generic
# symbol: report
# expect: proved

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
	mov	(%rdi), %rdx
.Lempty:
	mov	$0x404, %ecx
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%edx, %edx
	ret
	.size	report, . - report
