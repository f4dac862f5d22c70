# title: fills as many words as the caller says, with one instruction
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	mov	%rsi, %rcx
	xor	%eax, %eax
	rep stosq
	xor	%ecx, %ecx
	mov	$6, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f
