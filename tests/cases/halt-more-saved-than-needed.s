# title: registers that it never touches are saved as well
# contract: seed
# symbol: tdvmcall_halt
# expect: proved

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%rbp
	mov	%rsp, %rbp
	push	%rbx
	push	%r15
	push	%r12
	mov	%rdi, %r12
	xor	%r10d, %r10d
	mov	$0xc, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r12
	pop	%r15
	pop	%rbx
	leave
	ret
.Lpanic:
	ud2
	.size	tdvmcall_halt, . - tdvmcall_halt
