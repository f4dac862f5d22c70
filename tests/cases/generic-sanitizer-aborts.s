# title: handlers of sanitizers that do not come back
# contract: generic
# symbol: my_vmcall
# expect: proved

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	mov	%rdi, %r12
	mov	$0xc, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	1f
	mov	%r10, %rax
	pop	%r12
	ret
1:	js	2f
	call	__ubsan_handle_add_overflow_abort
2:	call	__asan_report_load8
	.size	my_vmcall, . - my_vmcall
