# title: a ud2 with an exception-table entry continues
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: refuted failure/tdcall
# because: refused the call

	.text
	.globl	tdvmcall_map_gpa
	.type	tdvmcall_map_gpa, @function
tdvmcall_map_gpa:
	push	%r12
	push	%r13
	mov	(%rdi), %r12
	mov	%rsi, %r13
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte 0x66,0x0f,0x01,0xcc
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r11, (%rdi)
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
2:	ud2
3:	xor %eax,%eax
	pop %r13
	pop %r12
	ret
	.size	tdvmcall_map_gpa, . - tdvmcall_map_gpa
	.section __ex_table,"a"
	.balign 4
	.long 2b-.
	.long 3b-.
	.long 1
