# title: a callee-saved register decides whether the VMM or the module is called
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
	mov	%ebx, %eax
	and	$1, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f
