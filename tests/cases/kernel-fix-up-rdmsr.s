# title: a read of an MSR that faults gives zero
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%rdi, %r12
	mov	$0x10, %ecx
.Lread:
	rdmsr
.Lfix:
	mov	%rax, %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f

	.section __ex_table, "a"
	.balign	4
	.long	.Lread - .
	.long	.Lfix - .
	.long	9
