# title: it stops after a success too
# contract: shapes.yaml
# symbol: reset_vp_info
# expect: refuted failure/tdcall
# because: repeats without end
# expect: vacuous covers/return
# because: return

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
.Lstop:
	hlt
	jmp	.Lstop
	.size	reset_vp_info, . - reset_vp_info
