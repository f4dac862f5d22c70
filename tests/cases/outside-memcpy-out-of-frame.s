# title: memcpy of as many bytes as the caller says, out of the frame into an object that is sent
# contract: generic
# symbol: f
# expect: incomplete confines/r10
# because: r10 shows the VMM something other than the declared inputs:

	.text
	.globl f
	.type f,@function
f:
	push %rbx
	sub $0x40,%rsp
	mov %rdi,%rbx
	mov %rsi,%rdx
	mov %rsp,%rsi
	call memcpy
	mov (%rbx),%r10
	mov $0xc00,%ecx
	mov $0x10001,%r11d
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add $0x40,%rsp
	pop %rbx
	ret
	.size f,.-f
