# title: what is called on a failure does what is not modelled, and comes back
# contract: generic
# symbol: *
# expect: incomplete complete
# because: cr3

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%rdi, %r12
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	1f
	mov	%r10, %rax
	pop	%r12
	ret
1:	lea	message(%rip), %rdi
	call	error
	.size	f, . - f

	.type	error, @function
error:
	xor	%eax, %eax
	mov	%rax, %cr3
	ret
	.size	error, . - error

	.section .rodata
message: .asciz	"failed"
