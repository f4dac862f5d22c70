# title: a saved register beside the object that a function is declared to change stays there, and is sent
# contract: linux-6.12
# symbol: f
# expect: refuted confines/r12
# because: entry.rbx

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$136, %rsp
	mov	%rbx, 120(%rsp)
	lea	8(%rsp), %rdi
	mov	$15, %edx
	mov	$1, %ecx
	call	insn_decode
	mov	120(%rsp), %r12
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$136, %rsp
	pop	%r12
	xor	%ecx, %ecx
	xor	%r11d, %r11d
	ret
	.size	f, . - f
