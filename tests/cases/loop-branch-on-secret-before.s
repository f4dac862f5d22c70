# title: whether the call is made depends on rbx, by a branch before and one behind a loop
# contract: generic
# symbol: f
# expect: incomplete complete
# because: something secret

.text
.globl f
.type f,@function
f:
	push %r12
	xor %eax,%eax
	xor %r12d,%r12d
	mov %rdi,%r9
	test %rbx,%rbx
	jz 2f
	mov $7,%r8d
2:	xor %eax,%eax
3:	inc %rax
	cmp %rdi,%rax
	jb 3b
	cmp $40,%rdi
	jbe 4f
	test %rbx,%rbx
	jz 5f
4:
	xor %eax,%eax
	mov $0x1c00,%ecx
	mov $0x10003,%r11d
	xor %r10d,%r10d
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor %r10d,%r10d
5:	pop %r12
	ret
.size f,.-f
