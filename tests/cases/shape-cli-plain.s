# title: AC is cleared in any case, interrupts when the caller asks for it
# contract: shapes.yaml
# symbol: halt_and_mask
# expect: proved

	.text
	.globl	halt_and_mask
	.type	halt_and_mask, @function
halt_and_mask:
	push	%r12
	clac
	mov	%rdi, %r12
	xor	%r10d, %r10d
	mov	$0xc, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	test	$1, %sil
	jz	.Lout
	cli
.Lout:
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	halt_and_mask, . - halt_and_mask
