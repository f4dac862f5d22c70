# title: the mask of the megawrappers: every register that a mask can select
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: refuted mask/permitted
# because: rbx
# expect: refuted confines/rdx
# because: rdx
# expect: refuted confines/rbx
# because: rbx
# expect: refuted confines/rdi
# because: rdi
# expect: refuted confines/r8
# because: r8
# expect: refuted confines/r9
# because: r9
# expect: refuted confines/r14
# because: r14
# expect: refuted confines/r15
# because: r15
# expect: refuted preserves/rbx
# because: rbx
# expect: refuted preserves/r14
# because: r14
# expect: refuted preserves/r15
# because: r15

	.text
	.globl	tdvmcall_map_gpa
	.type	tdvmcall_map_gpa, @function
tdvmcall_map_gpa:
	push	%r12
	push	%r13
	push	%rdi
	mov	(%rdi), %r12
	mov	%rsi, %r13
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0xffcc, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	pop	%rdi
	mov	%r11, (%rdi)
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_map_gpa, . - tdvmcall_map_gpa
