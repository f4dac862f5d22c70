# title: the object that a function is declared to change may be any in the frame: a pointer that another function left there leads to it
# contract: linux-6.12
# symbol: f
# expect: incomplete confines/r12
# because: insn_get_addr_ref

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$136, %rsp
	movq	$0, 120(%rsp)
	lea	1(%rbx), %rax
	mov	%rax, 128(%rsp)
	lea	120(%rsp), %rdi
	call	find_object
	mov	120(%rsp), %rdi
	call	insn_get_addr_ref
	mov	128(%rsp), %r12
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
