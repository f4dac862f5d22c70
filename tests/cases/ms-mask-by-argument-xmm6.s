# title: an argument decides whether the mask selects xmm6, which is not saved
# contract: generic
# symbol: f
# convention: ms
# expect: refuted confines/xmm6
# because: entry.xmm6
# expect: refuted preserves/xmm6
# because: xmm6

	.text
	.globl	f
	.type	f, @function
f:
	mov	$0xc00, %eax
	mov	%ecx, %edx
	mov	$0x400c00, %ecx
	test	%edx, %edx
	cmove	%eax, %ecx
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f
