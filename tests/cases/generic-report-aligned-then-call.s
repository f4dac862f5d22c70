# title: an aligned buffer takes the report, and only if that worked the VMM is called: where the frame lies says nothing
# contract: generic
# symbol: report_then_call
# expect: proved
	.text
	.globl	report_then_call
	.type	report_then_call, @function
report_then_call:
	push	%rbp
	mov	%rsp, %rbp
	sub	$2048, %rsp
	and	$-64, %rsp
	mov	%rsp, %rcx
	mov	%rsi, %rdx
	xor	%r8d, %r8d
	mov	$4, %eax
	.byte	0x66,0x0f,0x01,0xcc	# tdcall: TDG.MR.REPORT
	test	%rax, %rax
	jnz	1f
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x0c00, %ecx		# R10, R11
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc	# tdcall: TDG.VP.VMCALL
1:	leave
	ret
	.size	report_then_call, . - report_then_call
