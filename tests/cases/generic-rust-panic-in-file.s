# title: the code of Rust's libraries is in the file, and its way to panic through variables of a thread is not followed
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
	.byte 0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	1f
	mov	%r10, %rax
	pop	%r12
	ret
1:	call	_RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt
	.size	my_vmcall, . - my_vmcall

	.globl	_RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt
	.type	_RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt, @function
_RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt:
	mov	count@gottpoff(%rip), %rax
	incq	%fs:(%rax)
	jmp	*hook(%rip)
	.size	_RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt, . - _RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt

	.data
hook:	.quad	0
	.section .tbss, "awT", @nobits
	.type	count, @object
count:	.zero	8
