# title: rbx is saved where the called function may write: its shadow space
# contract: generic
# symbol: f
# convention: ms
# expect: incomplete preserves/rbx
# because: rbx differs from its value at entry

	.text
	.globl f
	.type f,@function
f:
	sub $0x28,%rsp
	mov %rbx,(%rsp)
	call ext
	mov $0xc00,%ecx
	mov $0x10001,%r11d
	xor %r10d,%r10d
	xor %eax,%eax
	xor %ebx,%ebx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov (%rsp),%rbx
	add $0x28,%rsp
	ret
	.size f,.-f
