# title: the way back waits in r11, which TDG.VP.INFO writes
# contract: shapes.yaml
# symbol: reset_vp_info
# expect: incomplete complete
# because: target that is not known

	.text
	.globl	reset_vp_info
	.type	reset_vp_info, @function
reset_vp_info:
	mov	%rbp, %r11
	mov	$1, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lstop
	mov	%ecx, %esi
	and	$0x3f, %esi
	mov	%r11, %rax
	jmp	*%rax
.Lstop:
	hlt
	jmp	.Lstop
	.size	reset_vp_info, . - reset_vp_info
