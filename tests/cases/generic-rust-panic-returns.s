# title: what is called a panic of Rust's libraries returns, so what comes behind it is looked at: RBX is lost
# contract: generic
# symbol: my_vmcall
# expect: refuted preserves/rbx
# because: rbx

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
	.byte 0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	1f
	mov	%r10, %rax
	pop	%r12
	ret
1:	call	_RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt
	xor	%ebx, %ebx
	pop	%r12
	ret
	.size	my_vmcall, . - my_vmcall

	.globl	_RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt
	.type	_RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt, @function
_RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt:
	ret
	.size	_RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt, . - _RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt
