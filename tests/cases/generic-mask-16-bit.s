# title: only the lower 16 bits of the mask are set; rcx holds the fourth argument, if there is one
# contract: generic
# symbol: my_vmcall
# expect: refuted mask/reserved
# because: bits 63:32
# expect: refuted confines/xmm0
# because: entry.xmm0
# expect: refuted confines/xmm1
# because: entry.xmm1
# expect: refuted confines/xmm2
# because: entry.xmm2
# expect: refuted confines/xmm3
# because: entry.xmm3
# expect: refuted confines/xmm4
# because: entry.xmm4
# expect: refuted confines/xmm5
# because: entry.xmm5
# expect: refuted confines/xmm6
# because: entry.xmm6
# expect: refuted confines/xmm7
# because: entry.xmm7
# expect: refuted confines/xmm8
# because: entry.xmm8
# expect: refuted confines/xmm9
# because: entry.xmm9
# expect: refuted confines/xmm10
# because: entry.xmm10
# expect: refuted confines/xmm11
# because: entry.xmm11
# expect: refuted confines/xmm12
# because: entry.xmm12
# expect: refuted confines/xmm13
# because: entry.xmm13
# expect: refuted confines/xmm14
# because: entry.xmm14
# expect: refuted confines/xmm15
# because: entry.xmm15

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	push	%r13
	mov	%rdi, %r11
	mov	%rsi, %r12
	mov	%rdx, %r13
	xor	%r10d, %r10d
	mov	$0x3c00, %cx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	my_vmcall, . - my_vmcall
