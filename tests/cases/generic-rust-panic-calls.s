# title: what Rust's panics lead to in the file makes a TDX call, and shows the VMM a saved register
# contract: generic
# symbol: my_vmcall
# expect: refuted confines/r12
# because: r12

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	test	%edi, %edi
	jz	1f
	push	%r12
	mov	%rdi, %r12
	mov	$0xc, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte 0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
1:	call	_RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt
	.size	my_vmcall, . - my_vmcall

	.globl	_RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt
	.type	_RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt, @function
_RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt:
	mov	$0xc, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte 0x66,0x0f,0x01,0xcc		# tdcall
2:	hlt
	jmp	2b
	.size	_RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt, . - _RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt
