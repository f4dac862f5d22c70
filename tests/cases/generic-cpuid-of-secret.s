# title: cpuid is asked what r13 says
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: r12

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%r13d, %eax
	xor	%ecx, %ecx
	mov	%rbx, %r12
	cpuid
	mov	%r12, %rbx
	mov	%eax, %r12d
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
