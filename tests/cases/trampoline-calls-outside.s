# title: an external function is called from a function with a convention of its own
# contract: seed
# symbol: tdvmcall_trampoline
# expect: incomplete preserves/rdx
# because: rdx
# expect: incomplete preserves/rsi
# because: rsi
# expect: incomplete preserves/rdi
# because: rdi
# expect: incomplete preserves/r8
# because: r8
# expect: incomplete preserves/r9
# because: r9
# expect: incomplete preserves/xmm0
# because: xmm0
# expect: incomplete preserves/xmm1
# because: xmm1
# expect: incomplete preserves/xmm2
# because: xmm2
# expect: incomplete preserves/xmm3
# because: xmm3
# expect: incomplete preserves/xmm4
# because: xmm4
# expect: incomplete preserves/xmm5
# because: xmm5
# expect: incomplete preserves/xmm6
# because: xmm6
# expect: incomplete preserves/xmm7
# because: xmm7
# expect: incomplete preserves/xmm8
# because: xmm8
# expect: incomplete preserves/xmm9
# because: xmm9
# expect: incomplete preserves/xmm10
# because: xmm10
# expect: incomplete preserves/xmm11
# because: xmm11
# expect: incomplete preserves/xmm12
# because: xmm12
# expect: incomplete preserves/xmm13
# because: xmm13
# expect: incomplete preserves/xmm14
# because: xmm14
# expect: incomplete preserves/xmm15
# because: xmm15

	.text
	.globl	tdvmcall_trampoline
	.type	tdvmcall_trampoline, @function
tdvmcall_trampoline:
	xor	%r10d, %r10d
	mov	%rax, %r11
	mov	%rdi, %r12
	mov	%rsi, %r13
	mov	%rdx, %r14
	mov	%rcx, %r15
	mov	$0xfc00, %ecx
	xor	%eax, %eax
	.byte 0x66,0x0f,0x01,0xcc
	test	%rax, %rax
	jnz	.Lpanic
	push %r10
	push %r11
	push %r12
	push %r13
	push %r14
	push %r15
	call	foo
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %r11
	pop %r10
	ret
.Lpanic:
	ud2
	.size	tdvmcall_trampoline, . - tdvmcall_trampoline
