# title: memcpy copies to where it copies from
# contract: generic
# symbol: f
# expect: incomplete complete
# because: memcpy copies to where it copies from

	.text
	.globl f
	.type f,@function
f:
	sub $0x48,%rsp
	movq $0,(%rsp)
	movq $0,8(%rsp)
	mov %rbx,16(%rsp)
	mov %rsp,%rdi
	lea 8(%rsp),%rsi
	mov $16,%edx
	call memcpy
	mov (%rsp),%r10
	mov $0xc00,%ecx
	mov $0x10001,%r11d
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add $0x48,%rsp
	ret
	.size f,.-f
