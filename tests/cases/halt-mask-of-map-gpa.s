# title: the mask is MapGPA's: r13 goes out and comes back changed
# contract: seed
# symbol: tdvmcall_halt
# expect: refuted mask/permitted
# because: r13
# expect: refuted confines/r13
# because: r13
# expect: refuted preserves/r13
# because: r13

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
	mov	%rdi, %r12
	xor	%r10d, %r10d
	mov	$0xc, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_halt, . - tdvmcall_halt
