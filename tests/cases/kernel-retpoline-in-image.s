# title: an indirect call through a retpoline that is in the file and is itself patched
# contract: seed
# symbol: tdvmcall_halt
# expect: proved

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
	lea	load(%rip), %r8
	call	__x86_indirect_thunk_r8
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

	.type	__x86_indirect_thunk_r8, @function
__x86_indirect_thunk_r8:
.Lold:
	call	1f
	int3
1:	mov	%r8, (%rsp)
	ret
	int3
.Lold_end:
	.size	__x86_indirect_thunk_r8, . - __x86_indirect_thunk_r8
	.type	load, @function
load:
	mov	%rdi, %r12
	ret
	.size	load, . - load

	.section .altinstr_replacement, "ax"
.Lnew:
	lfence
	jmp	*%r8
.Lnew_end:
	.section .altinstructions, "a"
	.long	.Lold - .
	.long	.Lnew - .
	.short	289, 0
	.byte	.Lold_end - .Lold, .Lnew_end - .Lnew
