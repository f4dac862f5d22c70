# title: a fix-up of the plain kind clears RAX; where there is no fault, RAX is sent as it was at entry
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: entry.rax

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%rdi, %r12
	mov	$0x10, %ecx
.Lread:
	mov	%gs:0x40, %r8
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
	.long	1 | (1 << 12)
