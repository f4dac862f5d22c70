# title: an alternative replaces the ud2
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
	.section .altinstructions,"a"
	.long 2b-.
	.long 4f-.
	.word 1
	.word 0
	.byte 2
	.byte 2
	.section .altinstr_replacement,"ax"
4:	nop
	nop
