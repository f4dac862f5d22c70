# title: memcpy of as many bytes as the VMM says
# contract: generic
# symbol: f
# expect: incomplete complete
# because: memcpy of as many bytes as the VMM says: vmm.0.r11

	.text
	.globl f
	.type f,@function
f:
	push %rbx
	sub $0x40,%rsp
	mov %rdi,%rbx
	mov $0xc00,%ecx
	mov $0x10001,%r11d
	xor %r10d,%r10d
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov %rsp,%rdi
	mov %rbx,%rsi
	mov %r11,%rdx
	call memcpy
	add $0x40,%rsp
	pop %rbx
	ret
	.size f,.-f
