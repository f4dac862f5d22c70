# title: the way back waits in rsp, which is not given back
# contract: shapes.yaml
# symbol: reset_vp_info
# expect: incomplete complete
# because: stack pointer

	.text
	.globl	reset_vp_info
	.type	reset_vp_info, @function
reset_vp_info:
	mov	%rbp, %rsp
	mov	$1, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lstop
	mov	%ecx, %esi
	and	$0x3f, %esi
	mov	%rsp, %rax
	jmp	*%rax
.Lstop:
	hlt
	jmp	.Lstop
	.size	reset_vp_info, . - reset_vp_info
