# title: rbx names the MSR that is read, and so decides whether that faults
# contract: generic
# symbol: f
# expect: incomplete complete
# because: decides whether

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	xor	%r12d, %r12d
	mov	%ebx, %ecx
.Lread:
	rdmsr
	inc	%r12
.Lfix:
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
