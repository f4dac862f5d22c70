# title: a function that returns nothing leaves rdx as it was
# contract: generic
# symbol: f
# expect: incomplete confines/r10
# because: r10 shows the VMM something other than the declared inputs:
# expect: incomplete confines/xmm0
# because: xmm0 shows the VMM something other than the declared inputs:

	.text
	.globl f
	.type f,@function
f:
	sub $8,%rsp
	mov %rbx,%rdx
	movq %rbx,%xmm0
	call void_ext
	mov %rdx,%r10
	add $8,%rsp
	mov $0x10c00,%ecx
	mov $0x10001,%r11d
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size f,.-f
