# title: small pages are accepted as large ones
# contract: openvmm
# symbol: tdcall_accept_pages
# expect: refuted passes/rcx
# because: large

	.text
	.globl	tdcall_accept_pages
	.type	tdcall_accept_pages, @function
tdcall_accept_pages:
	mov	%rsi, %rcx
	shl	$12, %rcx
	mov	%edx, %edx
	xor	$1, %edx
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
