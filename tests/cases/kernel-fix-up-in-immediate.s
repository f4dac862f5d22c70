# title: a fix-up inside another instruction, where a return stands
# contract: seed
# symbol: tdvmcall_halt
# expect: refuted returns/rax
# because: without having made the call
# expect: refuted preserves/rsp
# because: rsp
# expect: refuted preserves/r12
# because: r12
# expect: refuted stack/return-address
# because: does not return

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
	mov	%rdi, %r12
.Lload:
	mov	%gs:0x40, %r8
	.byte	0x49,0xb8			# movabs to %r8
.Lfix:
	.byte	0xc3,0,0,0,0,0,0,0
	xor	%r10d, %r10d
	mov	$0xc, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lrefused
	mov	%r10, %rax
	pop	%r12
	ret
.Lrefused:
	ud2
	.size	tdvmcall_halt, . - tdvmcall_halt

	.section __ex_table, "a"
	.balign	4
	.long	.Lload - .
	.long	.Lfix - .
	.long	3
