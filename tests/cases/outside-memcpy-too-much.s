# title: memcpy of more than the frame holds
# contract: generic
# symbol: f
# expect: incomplete complete
# because: memcpy of more than 4096 bytes

	.text
	.globl f
	.type f,@function
f:
	sub $0x48,%rsp
	mov %rdi,%rsi
	mov %rsp,%rdi
	mov $0x2000,%edx
	call memcpy
	mov $0xc00,%ecx
	mov $0x10001,%r11d
	xor %r10d,%r10d
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add $0x48,%rsp
	ret
	.size f,.-f
