# title: a ud1 in the bug table is a WARN and continues
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: incomplete complete
# because: the stack pointer is not at a constant distance from its ent
# expect: refuted memory/writes
# because: writes 1 bytes at
# expect: refuted memory/reads
# because: reads 1 bytes at

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
2:	.byte 0x67,0x0f,0xb9,0x00
	xor %eax,%eax
	pop %r13
	pop %r12
	ret
	.size	tdvmcall_map_gpa, . - tdvmcall_map_gpa
	.section __bug_table,"aw"
10:	.long 2b-10b
	.long 0
	.word 0
	.word 1
