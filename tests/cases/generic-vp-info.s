# title: TDG.VP.INFO writes volatile registers only
# contract: generic
# symbol: my_vp_info
# expect: proved

	.text
	.globl	my_vp_info
	.type	my_vp_info, @function
my_vp_info:
	mov	$1, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%rcx, %rax
	ret
	.size	my_vp_info, . - my_vp_info
