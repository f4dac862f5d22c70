# title: the call is repeated after any error
# contract: shapes.yaml
# symbol: key_config
# expect: refuted leaf
# because: 0x8000020300000000

	.text
	.globl	key_config
	.type	key_config, @function
key_config:
	push	%rbx
	mov	$3, %ebx
.Lagain:
	mov	$31, %eax
.Lcall:
	.byte	0x66,0x0f,0x01,0xcf		# seamcall
	jc	.Linvalid
	movabs	$0x8000020300000000, %rdx
	test	%rax, %rax
	jz	.Lend
	dec	%ebx
	jnz	.Lagain
.Lend:
	pop	%rbx
	ret
.Linvalid:
	movabs	$0x8000ff00ffff0000, %rax
	jmp	.Lend
.Lfault:
	movabs	$0x8000ff0000000000, %rdx
	or	%rdx, %rax
	jmp	.Lend
	.size	key_config, . - key_config

	.section	__ex_table, "a"
	.balign	4
	.long	.Lcall - .
	.long	.Lfault - .
	.long	2
