# title: it ends by a call of another function that never returns, and falls into a third one otherwise
# contract: generic
# symbol: *
# expect: proved

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
	sub	$8, %rsp
	test	%rdi, %rdi
	jnz	1f
	lea	message(%rip), %rdi
	call	stop
1:	call	stop
	.size	error, . - error

	.type	back, @function
back:
	ret
	.size	back, . - back

	.type	stop, @function
stop:
	sub	$8, %rsp
	call	*write(%rip)
	jmp	.
	.size	error, . - error

	.globl	set
	.type	set, @function
set:
	lea	to_port(%rip), %rax
	mov	%rax, write(%rip)
	ret
	.size	set, . - set

	.type	to_port, @function
to_port:
	mov	$0x3f8, %edx
	out	%al, (%dx)
	ret
	.size	to_port, . - to_port

	.section .rodata
message: .asciz	"failed"

	.bss
	.balign	8
write:	.zero	8
