# title: version 1, with the x2APIC id
# contract: linux-latest
# symbol: tdh_vp_init
# expect: proved

	.text
	.globl	tdh_vp_init
	.type	tdh_vp_init, @function
tdh_vp_init:
	push	%rbx
	push	%rbp
	push	%r12
	mov	8(%rdi), %r12
	mov	%edx, %ebp
	mov	$10, %ebx
.Lagain:
	movb	$1, %gs:0x40
	mov	$0x10016, %eax
	mov	%r12, %rcx
	mov	%rsi, %rdx
	mov	%ebp, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
.Lcall:
	.byte	0x66,0x0f,0x01,0xcf		# seamcall
	jc	.Linvalid
	movabs	$0x8000020300000000, %rdi
	cmp	%rdi, %rax
	jne	.Lend
	dec	%ebx
	jnz	.Lagain
.Lend:
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
.Linvalid:
	movabs	$0x8000ff00ffff0000, %rax
	jmp	.Lend
.Lfault:
	movabs	$0x8000ff0000000000, %rdi
	or	%rdi, %rax
	jmp	.Lend
	.size	tdh_vp_init, . - tdh_vp_init

	.section	__ex_table, "a"
	.balign	4
	.long	.Lcall - .
	.long	.Lfault - .
	.long	2
