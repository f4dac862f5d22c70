# title: AC is set at return
# contract: shapes.yaml
# symbol: halt_and_mask
# expect: refuted returns/ac
# because: ac

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
	stac
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
