# title: a canary mixed with rsp, as MSVC keeps it, around a call that is handed the frame
# contract: generic
# convention: ms
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$64, %rsp
	mov	__security_cookie(%rip), %rax
	xor	%rsp, %rax
	mov	%rax, 56(%rsp)
	mov	%rcx, 40(%rsp)
	lea	40(%rsp), %rcx
	call	ext
	mov	40(%rsp), %r12
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	56(%rsp), %rcx
	xor	%rsp, %rcx
	call	__security_check_cookie
	mov	%r10, %rax
	add	$64, %rsp
	pop	%r12
	ret
	.size	f, . - f
