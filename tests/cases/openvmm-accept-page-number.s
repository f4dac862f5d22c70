# title: the number of the page where its address should be
# contract: openvmm
# symbol: tdcall_accept_pages
# expect: refuted passes/rcx
# because: page

	.text
	.globl	tdcall_accept_pages
	.type	tdcall_accept_pages, @function
tdcall_accept_pages:
	mov	%rsi, %rcx
	mov	%edx, %edx
	or	%rdx, %rcx
	mov	$6, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	shr	$32, %rax
	neg	%rax
	sbb	%rax, %rax
	neg	%rax
	mov	%r8, %rdx
	ret
	.size	tdcall_accept_pages, . - tdcall_accept_pages
