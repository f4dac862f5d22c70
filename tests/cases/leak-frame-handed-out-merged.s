# title: two parts of the frame are handed out and given up: a word is not what it was
# contract: generic
# symbol: f
# expect: incomplete confines/r10
# because: r10 shows the VMM something other than the declared inputs:

	.text
	.globl f
	.type f,@function
f:
	sub $0x48,%rsp
	lea 8(%rsp),%rdi
	call exta
	mov 0x40(%rsp),%r10
	mov %r10,%rax
	push %rbx
	mov %rax,%rbx
	lea 0x30(%rsp),%rdi
	call extb
	mov %rbx,%rax
	pop %rbx
	add $0x38,%rsp
	mov 8(%rsp),%r10
	sub %rax,%r10
	mov $0xc00,%ecx
	mov $0x10001,%r11d
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add $0x10,%rsp
	ret
	.size f,.-f
