# title: whether it goes on or stops is left to flags that nobody has set
# contract: shapes.yaml
# symbol: reset_vp_info
# expect: refuted failure/tdcall
# because: repeats without end

	.text
	.globl	reset_vp_info
	.type	reset_vp_info, @function
reset_vp_info:
	mov	$1, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	jnz	.Lstop
	mov	%ecx, %esi
	and	$0x3f, %esi
	mov	%rbp, %rax
	jmp	*%rax
.Lstop:
	hlt
	jmp	.Lstop
	.size	reset_vp_info, . - reset_vp_info
