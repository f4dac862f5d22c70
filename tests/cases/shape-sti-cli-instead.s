# title: interrupts go off where the caller wants them on
# contract: shapes.yaml
# symbol: safe_halt
# expect: refuted returns/if
# because: do_sti

	.text
	.globl	safe_halt
	.type	safe_halt, @function
safe_halt:
	push	%r12
	xor	%r12d, %r12d
	xor	%r10d, %r10d
	mov	$0xc, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	test	%rdi, %rdi
	jz	.Lcall
	cli
.Lcall:
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	safe_halt, . - safe_halt
