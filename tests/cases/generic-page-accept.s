# title: TDG.MEM.PAGE.ACCEPT with an argument in rcx
# contract: generic
# symbol: my_page_accept
# expect: proved

	.text
	.globl	my_page_accept
	.type	my_page_accept, @function
my_page_accept:
	mov	%rdi, %rcx
	mov	$6, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	my_page_accept, . - my_page_accept
