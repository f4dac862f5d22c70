# title: a function of Rust's core library that panics ends the path, whatever lies behind its call
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
	.byte 0x66,0x0f,0x01,0xcc
	test	%rax, %rax
	jnz	1f
	js	2f
	mov	%r10, %rax
	pop	%r12
	ret
2:	call	_ZN4core9panicking5panic17h0123456789abcdefE
1:	call	*_RNvNtNtCsgEmfK2I1SDS_4core9panicking11panic_const24panic_const_sub_overflow@GOTPCREL(%rip)
	.size	my_vmcall, . - my_vmcall
