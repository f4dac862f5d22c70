# title: Rust's failures of slices, options and comparisons, as rustc 1.95 mangles them, end the path
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
	jp	3f
	call	*_RNvNtCsgEmfK2I1SDS_4core6option13unwrap_failed@GOTPCREL(%rip)
2:	call	*_RNvNtNtCsgEmfK2I1SDS_4core5slice5index16slice_index_fail@GOTPCREL(%rip)
3:	call	_RINvNtCsgEmfK2I1SDS_4core9panicking13assert_failedyyEB4_
	.size	my_vmcall, . - my_vmcall
