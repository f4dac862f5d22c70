# title: all attributes that are set are written, and no other
# contract: openvmm
# symbol: tdcall_page_attr_wr
# expect: refuted passes/r8
# because: mask

	.text
	.globl	tdcall_page_attr_wr
	.type	tdcall_page_attr_wr, @function
tdcall_page_attr_wr:
	mov	%rdx, %r8
	mov	%rsi, %rcx
	mov	$24, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	shr	$32, %rax
	neg	%rax
	sbb	%rax, %rax
	neg	%rax
	mov	%r8, %rdx
	ret
	.size	tdcall_page_attr_wr, . - tdcall_page_attr_wr
