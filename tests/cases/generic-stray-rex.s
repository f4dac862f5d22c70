# title: a REX prefix in front of another one has no effect: r11d is not set, and what stands in r11 is sent
# contract: generic
# symbol: f
# expect: incomplete complete
# because: a REX prefix that processors ignore

	.text
	.globl	f
	.type	f, @function
f:
	mov	%rbx, %r11
	.byte	0x41,0x40,0xbb			# mov $0x10003, %ebx, for a decoder that adds up both: %r11d
	.long	0x10003
	xor	%r10d, %r10d
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	ret
	.size	f, . - f
