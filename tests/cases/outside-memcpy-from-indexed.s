# title: memcpy out of the caller's object, from where a table says, into the frame
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl f
	.type f,@function
f:
	push %r12
	sub $0x10,%rsp
	and $3,%esi
	lea offsets(%rip),%rax
	movzbl (%rax,%rsi),%eax
	lea (%rdi,%rax),%rsi
	mov %rsp,%rdi
	mov $8,%edx
	call memcpy
	mov (%rsp),%r12
	mov $0x10001,%r11d
	xor %r10d,%r10d
	mov $0x1c00,%ecx
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add $0x10,%rsp
	pop %r12
	ret
	.size f,.-f

	.section .rodata
	.balign 16
offsets:
	.byte 0x50, 0x58, 0x60, 0x28
