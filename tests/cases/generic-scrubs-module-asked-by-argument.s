# title: an argument names the field that the module is asked for, whose value is left in r11
# contract: generic
# symbol: f
# scrubs: asked
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%rdi, %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%rsi, %rdx
	xor	%ecx, %ecx
	mov	$9, %eax
	.byte	0x66,0x0f,0x01,0xcc		# TDG.VP.RD
	mov	%r8, %r11
	xor	%eax, %eax
	xor	%edx, %edx
	xor	%r8d, %r8d
	xor	%r10d, %r10d
	pop	%r12
	ret
	.size	f, . - f
