# title: calls that KASAN, KCSAN, UBSAN and KCOV insert change only registers that calls may change
# contract: seed
# symbol: tdvmcall_halt
# expect: proved

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
	push	%rdi
	lea	-8(%rsp), %rdi
	call	__asan_store8_noabort
	call	__tsan_func_entry
	call	__sanitizer_cov_trace_pc
	pop	%rdi
	mov	%rdi, %r12
	xor	%r10d, %r10d
	mov	$0xc, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lrefused
	mov	%r10, %rax
	pop	%r12
	ret
.Lrefused:
	ud2
	.size	tdvmcall_halt, . - tdvmcall_halt
