# title: what is sent is wrong whatever the function outside does to the object
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: refuted passes/r12
# because: r12
# expect: incomplete confines/r12
# because: functions outside the image leave in gpa

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
	call	notify
	mov	(%rbx), %r12
	inc	%r12
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
