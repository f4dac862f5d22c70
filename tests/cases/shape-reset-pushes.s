# title: a register is saved on a stack that is not there
# contract: shapes.yaml
# symbol: reset_vp_info
# expect: refuted memory/writes
# because: no stack
# expect: refuted memory/reads
# because: no stack

	.text
	.globl	reset_vp_info
	.type	reset_vp_info, @function
reset_vp_info:
	push	%rbx
	mov	$1, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lstop
	mov	%ecx, %esi
	and	$0x3f, %esi
	pop	%rbx
	mov	%rbp, %rax
	jmp	*%rax
.Lstop:
	hlt
	jmp	.Lstop
	.size	reset_vp_info, . - reset_vp_info
