# title: the VMM decides whether a loop without a known bound is entered, whose tenth round leaves a trace
# contract: generic
# symbol: f
# scrubs: asked
# expect: incomplete scrubs/r9
# because: r9

	.text
	.globl	f
	.type	f, @function
f:
	mov	$0xc00, %ecx
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%r10, %r10
	mov	$0, %r10d
	mov	$0, %r11d
	mov	$0, %r8d
	mov	$0, %r9d
	jz	2f
1:
	inc	%r8
	cmp	$10, %r8
	setae	%r9b
	rdtsc
	test	%eax, %eax
	jnz	1b
2:
	xor	%r8d, %r8d
	xor	%eax, %eax
	xor	%edx, %edx
	ret
	.size	f, . - f
