# title: a loop of four rounds corrupts what follows
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: refuted yields/r11
# because: returns without having made
# expect: refuted returns/rax
# because: rax
# expect: refuted preserves/rsp
# because: rsp
# expect: refuted preserves/r12
# because: r12
# expect: refuted preserves/r13
# because: r13
# expect: refuted stack/return-address
# because: the function does not

	.text
	.globl	tdvmcall_map_gpa
	.type	tdvmcall_map_gpa, @function
tdvmcall_map_gpa:
	push	%r12
	push	%r13
	mov	(%rdi), %r12
	mov	%rsi, %r13
	test %rsi,%rsi
	jnz 3f
	mov	$4, %ecx
1:	dec	%ecx
	jnz	1b
	ret
3:
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
	ud2
	.size	tdvmcall_map_gpa, . - tdvmcall_map_gpa
