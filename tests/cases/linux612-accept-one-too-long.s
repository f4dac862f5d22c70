# title: more than is left
# contract: linux-6.12
# symbol: try_accept_one
# expect: refuted leaf
# because: makes the call though not

	.text
	.globl	try_accept_one
	.type	try_accept_one, @function
try_accept_one:
	push	%rbx
	mov	$0x1000, %ebx
	cmp	$2, %edx
	jb	.Lsize
	mov	$0x200000, %ebx
	je	.Lsize
	mov	$0x40000000, %ebx
.Lsize:
	lea	-1(%rbx), %rax
	test	%rax, %rdi
	jnz	.Lnone
	lea	-1(%rdx), %ecx
	or	%rdi, %rcx
	xor	%edx, %edx
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	mov	$6, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lnone
	mov	%rbx, %rax
	pop	%rbx
	ret
.Lnone:
	xor	%eax, %eax
	pop	%rbx
	ret
	.size	try_accept_one, . - try_accept_one
