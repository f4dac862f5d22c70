# title: memcpy leaves a vector register as it was
# contract: generic
# symbol: f
# expect: incomplete confines/xmm0
# because: xmm0 shows the VMM something other than the declared inputs:

	.text
	.globl f
	.type f,@function
f:
	sub $8,%rsp
	movq %rbx,%xmm0
	mov $8,%edx
	call memcpy
	mov $0x10c00,%ecx
	mov $0x10001,%r11d
	xor %r10d,%r10d
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add $8,%rsp
	ret
	.size f,.-f
