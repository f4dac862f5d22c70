# title: behind a loop a bit of rbx is sent
# contract: generic
# symbol: f
# expect: incomplete complete
# because: something secret

.text
.globl f
.type f,@function
f:
	push %r12
	xor %r12d,%r12d
	test %rbx,%rbx
	jz 2f
	mov $1,%r12d
2:	xor %eax,%eax
3:	inc %rax
	cmp %rdi,%rax
	jb 3b
	cmp $40,%rdi
	ja 4f
	xor %r12d,%r12d
4:
	xor %eax,%eax
	mov $0x1c00,%ecx
	mov $0x10003,%r11d
	xor %r10d,%r10d
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor %r10d,%r10d
	pop %r12
	ret
.size f,.-f
