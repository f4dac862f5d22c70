# title: what the module answers to the VMM's question is stored where a pointer leads, and read through another one
# contract: generic
# symbol: f
# scrubs: asked
# expect: incomplete complete
# because: vmm.rsi

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%rsi
	push	%rdi
	mov	%rdi, %r12
	mov	$0x1c00, %ecx
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%r12, %rdx
	mov	$7, %eax
	xor	%ecx, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%rdi
	pop	%rsi
	mov	(%rdi), %rdx
	mov	%rax, (%rdx)
	mov	(%rsi), %rcx
	mov	(%rcx), %r9
	xor	%r8d, %r8d
	xor	%eax, %eax
	xor	%edx, %edx
	xor	%ecx, %ecx
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%esi, %esi
	xor	%edi, %edi
	pop	%r12
	ret
	.size	f, . - f
