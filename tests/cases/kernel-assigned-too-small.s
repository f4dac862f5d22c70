# title: the object is smaller than what the function is declared to change: the saved register above it is gone
# contract: linux-6.12
# symbol: f
# expect: incomplete preserves/r12
# because: rests on

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$104, %rsp
	mov	%rsp, %rdi
	mov	$15, %edx
	mov	$1, %ecx
	call	insn_decode
	mov	%eax, %r12d
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$104, %rsp
	pop	%r12
	xor	%ecx, %ecx
	xor	%r11d, %r11d
	ret
	.size	f, . - f
