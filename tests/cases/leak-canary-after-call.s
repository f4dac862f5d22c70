# title: the canary is sent, after the VMM's answer was stored and a function called
# contract: generic
# symbol: f
# expect: refuted confines/r10
# because: r10 shows the VMM something other than the declared inputs:

	.text
	.globl f
	.type f,@function
f:
	push %rbx
	mov %rdi,%rbx
	mov $0xc00,%ecx
	mov $0x10001,%r11d
	xor %r10d,%r10d
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test %rax,%rax
	jnz 1f
	mov %r11,(%rbx)
	call ext
	mov %gs:0x28,%r10
	mov $0xc00,%ecx
	mov $0x10001,%r11d
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop %rbx
	ret
1:	ud2
	.size f,.-f
