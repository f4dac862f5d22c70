# title: it calls a function of a table that shows the VMM its second argument, r13
# contract: generic
# symbol: f
# expect: refuted confines/r13
# because: r13
# expect: incomplete complete
# because: other files

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
	mov	%r13, %rsi
	and	$1, %edi
	lea	table(%rip), %rax
	call	*(%rax,%rdi,8)
1:	call	*write(%rip)
	jmp	1b
	.size	error, . - error

	.type	tell, @function
tell:
	push	%r13
	mov	%rsi, %r13
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	mov	$0x2c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r13
	ret
	.size	tell, . - tell

	.section .rodata
	.balign	8
table:	.quad	tell, tell

	.section .rodata
message: .asciz	"failed"

	.bss
	.balign	8
	.globl	write
write:	.zero	8
