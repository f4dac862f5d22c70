# title: before the jump to a vouched function a saved register is not restored
# contract: linux-6.12
# symbol: f
# expect: refuted preserves/r12
# because: r12

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%rdi, %r12
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	add	$8, %rsp
	jmp	_printk
	.size	f, . - f

	.globl	_printk
	.type	_printk, @function
_printk:
	swapgs
	ret
	.size	_printk, . - _printk
