# title: a function outside gets an address of the frame, or NULL, and may change the mask
# contract: generic
# symbol: f
# expect: incomplete mask/reserved
# because: the mask in rcx has a reserved bit set: one of rax, rcx, rsp
# expect: refuted confines/rbx
# because: rbx shows the VMM something other than the declared inputs:
# expect: refuted confines/rbp
# because: rbp shows the VMM something other than the declared inputs:
# expect: incomplete confines/rdi
# because: rdi shows the VMM something other than the declared inputs:
# expect: refuted confines/r12
# because: r12 shows the VMM something other than the declared inputs:
# expect: refuted confines/r13
# because: r13 shows the VMM something other than the declared inputs:
# expect: refuted confines/r14
# because: r14 shows the VMM something other than the declared inputs:
# expect: refuted confines/r15
# because: r15 shows the VMM something other than the declared inputs:
# expect: incomplete confines/r8
# because: r8 shows the VMM something other than the declared inputs: outside.
# expect: incomplete confines/r9
# because: r9 shows the VMM something other than the declared inputs: outside.
# expect: incomplete confines/rsi
# because: rsi shows the VMM something other than the declared inputs: outside.
# expect: incomplete confines/xmm0
# because: xmm0 shows the VMM something other than the declared inputs:
# expect: incomplete confines/xmm1
# because: xmm1 shows the VMM something other than the declared inputs:
# expect: incomplete confines/xmm2
# because: xmm2 shows the VMM something other than the declared inputs:
# expect: incomplete confines/xmm3
# because: xmm3 shows the VMM something other than the declared inputs:
# expect: incomplete confines/xmm4
# because: xmm4 shows the VMM something other than the declared inputs:
# expect: incomplete confines/xmm5
# because: xmm5 shows the VMM something other than the declared inputs:
# expect: incomplete confines/xmm6
# because: xmm6 shows the VMM something other than the declared inputs:
# expect: incomplete confines/xmm7
# because: xmm7 shows the VMM something other than the declared inputs:
# expect: incomplete confines/xmm8
# because: xmm8 shows the VMM something other than the declared inputs:
# expect: incomplete confines/xmm9
# because: xmm9 shows the VMM something other than the declared inputs:
# expect: incomplete confines/xmm10
# because: xmm10 shows the VMM something other than the declared inputs
# expect: incomplete confines/xmm11
# because: xmm11 shows the VMM something other than the declared inputs
# expect: incomplete confines/xmm12
# because: xmm12 shows the VMM something other than the declared inputs
# expect: incomplete confines/xmm13
# because: xmm13 shows the VMM something other than the declared inputs
# expect: incomplete confines/xmm14
# because: xmm14 shows the VMM something other than the declared inputs
# expect: incomplete confines/xmm15
# because: xmm15 shows the VMM something other than the declared inputs
# expect: incomplete preserves/rbx
# because: rbx differs from its value at entry
# expect: incomplete preserves/r12
# because: r12 differs from its value at entry
# expect: incomplete preserves/r13
# because: r13 differs from its value at entry
# expect: incomplete preserves/r14
# because: r14 differs from its value at entry
# expect: incomplete preserves/r15
# because: r15 differs from its value at entry

	.text
	.globl f
	.type f,@function
f:
	sub $0x28,%rsp
	movq $0xc00,0x10(%rsp)
	xor %eax,%eax
	test %rdi,%rdi
	lea 0x10(%rsp),%rdi
	cmove %rax,%rdi
	call ext
	mov 0x10(%rsp),%rcx
	mov $0x10001,%r11d
	xor %r10d,%r10d
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add $0x28,%rsp
	ret
	.size f,.-f
