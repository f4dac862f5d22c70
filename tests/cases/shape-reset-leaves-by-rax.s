# title: reset code: no stack, the way back came in rbp and is taken through rax
# contract: shapes.yaml
# symbol: reset_vp_info
# expect: proved

	.text
	.globl	reset_vp_info
	.type	reset_vp_info, @function
reset_vp_info:
	mov	$1, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lstop
	mov	%ecx, %esi
	and	$0x3f, %esi
	mov	%rbp, %rax
	jmp	*%rax
.Lstop:
	hlt
	jmp	.Lstop
	.size	reset_vp_info, . - reset_vp_info
