# title: behind the call is a loop without a known bound that the VMM has no part in
# contract: generic
# symbol: f
# scrubs: asked
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	mov	$0xc00, %ecx
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r8d, %r8d
1:
	inc	%r8
	rdtsc
	test	%eax, %eax
	jnz	1b
	ret
	.size	f, . - f
