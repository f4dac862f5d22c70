# title: a loop reads per-CPU data word by word, the canary at last, and what it read last is sent
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: percpu[0x28]

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	xor	%ecx, %ecx
1:	mov	%gs:(%rcx), %rax
	add	$8, %rcx
	cmp	$48, %rcx
	je	2f
	cmp	%rdi, %rcx
	jb	1b
2:	mov	%rax, %r12
	mov	$0x1c00, %ecx
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
