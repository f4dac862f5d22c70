# title: a TDCALL with an exception-table entry
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: refuted yields/r11
# because: without having made the call
# expect: refuted returns/rax
# because: without having made the call
# expect: refuted preserves/rbx
# because: rbx

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
9:	.byte 0x66,0x0f,0x01,0xcc
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r11, (%rdi)
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
8:	xor %eax,%eax
	mov $1,%ebx
	pop %r13
	pop %r12
	ret
	.size	tdvmcall_map_gpa, . - tdvmcall_map_gpa
	.section __ex_table,"a"
	.balign 4
	.long 9b-.
	.long 8b-.
	.long 1
