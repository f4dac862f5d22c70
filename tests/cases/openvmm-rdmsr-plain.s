# title: the value is stored whatever the VMM's status, which is returned beside it
# contract: openvmm
# symbol: tdcall_rdmsr
# expect: proved

	.text
	.globl	tdcall_rdmsr
	.type	tdcall_rdmsr, @function
tdcall_rdmsr:
	push	%r12
	push	%rdx
	mov	%esi, %r12d
	xor	%r10d, %r10d
	mov	$0x1f, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	pop	%rdx
	mov	%r11, (%rdx)
	mov	%r10, %rdx
	xor	%eax, %eax
	test	%rdx, %rdx
	setne	%al
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdcall_rdmsr, . - tdcall_rdmsr
