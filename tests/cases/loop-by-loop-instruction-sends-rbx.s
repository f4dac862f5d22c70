# title: a later round of a loop by the loop instruction sends what its caller keeps in rbx
# contract: generic
# symbol: my_vmcall
# expect: refuted confines/r12
# because: rbx

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	mov	%rdi, %r11
	mov	%rsi, %rdx
	xor	%r12d, %r12d
1:
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%rdi, %r11
	mov	%rdx, %rcx
	dec	%rdx
	mov	%rbx, %r12
	loop	1b
	pop	%r12
	ret
	.size	my_vmcall, . - my_vmcall
