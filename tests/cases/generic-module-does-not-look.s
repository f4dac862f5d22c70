# title: what is left in registers that a leaf does not take decides nothing
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	$1, %eax
	mov	%rbx, %r8
	.byte	0x66,0x0f,0x01,0xcc # TDG.VP.INFO, which takes nothing in r8
	mov	%rcx, %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
