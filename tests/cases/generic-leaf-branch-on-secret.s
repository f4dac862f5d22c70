# title: a branch on a callee-saved register sets the leaf: the VMM or the module is called
# contract: generic
# symbol: f
# expect: refuted confines/rcx
# because: whether the call is

	.text
	.globl	f
	.type	f, @function
f:
	mov	$0xc00, %ecx
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	test	$1, %bl
	jz	1f
	mov	$1, %eax
1:
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f
