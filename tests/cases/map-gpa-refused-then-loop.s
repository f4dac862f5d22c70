# title: a counted loop stands between the refusal and the return
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: refuted preserves/rsp
# because: rsp
# expect: refuted preserves/r12
# because: r12
# expect: refuted preserves/r13
# because: r13
# expect: refuted stack/return-address
# because: the function does not
# expect: refuted failure/tdcall
# because: call

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
	mov $8,%ecx
1:	dec %ecx
	jnz 1b
	xor %eax,%eax
	ret
	.size	tdvmcall_map_gpa, . - tdvmcall_map_gpa
