# title: a callee-saved register decides whether the VMM is called first or second
# contract: generic
# symbol: f
# expect: refuted confines/rcx
# because: whether the call is

	.text
	.globl	f
	.type	f, @function
f:
	test	$1, %bl
	jz	1f
	mov	$1, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	$0xc00, %ecx
	mov	$0x10001, %r11d
	mov	$1, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
1:
	mov	$0xc00, %ecx
	mov	$0x10001, %r11d
	mov	$2, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	$1, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f
