# title: a sign-extended constant sets the upper half of the mask and selects every vector register
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: refuted mask/reserved
# because: reserved
# expect: vacuous covers/return
# because: return
# expect: refuted mask/permitted
# because: xmm
# expect: refuted confines/xmm0
# because: xmm0
# expect: refuted confines/xmm1
# because: xmm1
# expect: refuted confines/xmm2
# because: xmm2
# expect: refuted confines/xmm3
# because: xmm3
# expect: refuted confines/xmm4
# because: xmm4
# expect: refuted confines/xmm5
# because: xmm5
# expect: refuted confines/xmm6
# because: xmm6
# expect: refuted confines/xmm7
# because: xmm7
# expect: refuted confines/xmm8
# because: xmm8
# expect: refuted confines/xmm9
# because: xmm9
# expect: refuted confines/xmm10
# because: xmm10
# expect: refuted confines/xmm11
# because: xmm11
# expect: refuted confines/xmm12
# because: xmm12
# expect: refuted confines/xmm13
# because: xmm13
# expect: refuted confines/xmm14
# because: xmm14
# expect: refuted confines/xmm15
# because: xmm15

	.text
	.globl	tdvmcall_map_gpa
	.type	tdvmcall_map_gpa, @function
tdvmcall_map_gpa:
	push	%r12
	push	%r13
	mov	(%rdi), %r12
	mov	%rsi, %r13
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$-0xc400, %rcx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r11, (%rdi)
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_map_gpa, . - tdvmcall_map_gpa
