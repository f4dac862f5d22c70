# title: functions of Linux that return in rcx: what was not copied decides whether the call is made
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	sub	$8, %rsp
	mov	$8, %ecx
	call	rep_movs_alternative
	add	$8, %rsp
	test	%rcx, %rcx
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
