# title: a part of the frame is handed out a second time: what was left there before is no longer there
# contract: generic
# symbol: f
# expect: incomplete preserves/rbx
# because: rbx differs from its value at entry

	.text
	.globl f
	.type f,@function
f:
	sub $0x48,%rsp
	xor %r10d,%r10d
	mov $0xc00,%ecx
	mov $0x10001,%r11d
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	lea 0x30(%rsp),%rdi
	call ext
	lea 8(%rsp),%rdi
	call ext
	cmpq $0,0x30(%rsp)
	jne 1f
	lea 0x30(%rsp),%rdi
	call ext
	cmpq $0,0x30(%rsp)
	je 1f
	xor %ebx,%ebx
1:	add $0x48,%rsp
	ret
	.size f,.-f
