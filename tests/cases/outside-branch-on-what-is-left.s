# title: what another function leaves in rcx, in which it returns nothing, decides whether the call is made
# contract: generic
# symbol: f
# expect: incomplete confines/rcx
# because: depends on what ext does

	.text
	.globl	f
	.type	f, @function
f:
	sub	$8, %rsp
	call	ext
	add	$8, %rsp
	test	%ecx, %ecx
	jnz	.Lend
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	xor	%r11d, %r11d
.Lend:
	ret
	.size	f, . - f
