# title: a report that the module writes into the frame reaches the saved registers, which are 512 bytes above
# contract: generic
# symbol: report
# expect: refuted preserves/rbx
# because: rbx
# expect: refuted stack/return-address
# because: return

	.text
	.globl	report
	.type	report, @function
report:
	push	%rbx
	sub	$512, %rsp
	mov	%rsp, %rcx
	mov	%rdi, %rdx
	xor	%r8d, %r8d
	mov	$4, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall: TDG.MR.REPORT
	xor	%edx, %edx
	add	$512, %rsp
	pop	%rbx
	ret
	.size	report, . - report
