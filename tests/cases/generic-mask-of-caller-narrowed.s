# title: of the mask that the caller chooses, the function leaves out what it does not save
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	mov	%edi, %ecx
	and	$0xffff0fc4, %ecx
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f
