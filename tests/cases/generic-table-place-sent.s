# title: the place in a table is sent, not what stands there
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: address of the image

	.text
	.globl f
	.type f,@function
f:
	push %r12
	mov (%rsi),%rax
	mov %rax,%rcx
	and $4,%eax
	shr $3,%ecx
	and $3,%ecx
	lea (%rcx,%rax,2),%rax
	lea offsets(%rip),%rcx
	lea (%rcx,%rax),%r12
	mov $0x10001,%r11d
	xor %r10d,%r10d
	mov $0x1c00,%ecx
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop %r12
	ret
	.size f,.-f

	.section .rodata
	.balign 16
offsets:
	.byte 0x50, 0x58, 0x60, 0x28, 0, 0, 0, 0, 0x08, 0x10, 0x18, 0x20
