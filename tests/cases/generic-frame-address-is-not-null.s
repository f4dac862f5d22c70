# title: an output pointer is tested for NULL, and is the address of a local variable: as unoptimised inline functions do
# contract: generic
# symbol: my_vmcall
# expect: proved

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	sub	$16, %rsp
	mov	%rdi, %r12
	lea	8(%rsp), %rdx
	xor	%r11d, %r11d
	test	%rdx, %rdx
	jz	1f
	mov	$0x1f, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte 0x66,0x0f,0x01,0xcc
1:	mov	%r11, (%rdx)
	mov	8(%rsp), %rax
	add	$16, %rsp
	pop	%r12
	ret
	.size	my_vmcall, . - my_vmcall
