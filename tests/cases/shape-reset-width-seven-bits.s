# title: seven bits of the width instead of six
# contract: shapes.yaml
# symbol: reset_vp_info
# expect: refuted returns/rsi
# because: call.rcx

	.text
	.globl	reset_vp_info
	.type	reset_vp_info, @function
reset_vp_info:
	mov	$1, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lstop
	mov	%ecx, %esi
	and	$0x7f, %esi
	mov	%rbp, %rax
	jmp	*%rax
.Lstop:
	hlt
	jmp	.Lstop
	.size	reset_vp_info, . - reset_vp_info
