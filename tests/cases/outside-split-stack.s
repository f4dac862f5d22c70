# title: __morestack comes back where no other function would
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: incomplete complete
# because: __morestack

	.text
	.globl	tdvmcall_map_gpa
	.type	tdvmcall_map_gpa, @function
tdvmcall_map_gpa:
	push	%r12
	push	%r13
	push	%rbx
	push	%rbp
	sub	$8, %rsp
	mov	%rdi, %rbx
	mov	%rsi, %rbp
	cmp	%fs:0x70, %rsp
	ja	.Lenough
	mov	$0x10, %r10d
	mov	$0, %r11d
	call	__morestack
	add	$40, %rsp
	ret
.Lenough:
	mov	(%rbx), %r12
	mov	%rbp, %r13
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r11, (%rbx)
	mov	%r10, %rax
	add	$8, %rsp
	pop	%rbp
	pop	%rbx
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_map_gpa, . - tdvmcall_map_gpa
