# title: memset with the direction flag set
# contract: generic
# symbol: f
# expect: incomplete complete
# because: calls memset with the direction flag set

	.text
	.globl f
	.type f,@function
f:
	sub $0x48,%rsp
	std
	mov %rsp,%rdi
	xor %esi,%esi
	mov $0x20,%edx
	call memset
	cld
	mov 8(%rsp),%r10
	mov $0xc00,%ecx
	mov $0x10001,%r11d
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add $0x48,%rsp
	ret
	.size f,.-f
