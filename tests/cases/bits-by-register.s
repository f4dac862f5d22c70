# title: bits are set, exchanged and counted with a register as index
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	bts	%rsi, %rdi
	mov	%edi, %eax
	lock cmpxchg %ecx, (%rdx)
	sete	%r8b
	movzbl	%r8b, %r12d
	mov	$1, %eax
	lock xadd %rax, (%rdx)
	bts	$5, %rax
	tzcnt	%rax, %rax
	add	%rax, %r12
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%r12
	ret
	.size	f, . - f
