# title: a string comparison moves rdi, which the function sends as if it had not
# contract: generic
# symbol: my_vmcall
# expect: refuted confines/r12
# because: rsp

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	mov	%rsp, %rdi
	mov	%rsp, %rsi
	mov	$4, %ecx
	repe cmpsb
	xor	%r11d, %r11d
	mov	%rdi, %r12
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	my_vmcall, . - my_vmcall
