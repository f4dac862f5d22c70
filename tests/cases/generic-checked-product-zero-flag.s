# title: what the multiplication leaves in the zero flag, which is undefined, decides about a call
# contract: generic
# symbol: f
# expect: incomplete confines/rcx
# because: whether the call is made

	.text
	.globl f
	.type f,@function
f:
	push %rbx
	push %r12
	mov %rdi,%rbx
	mov %rsi,%rax
	mov $0x1000,%ecx
	mul %rcx
	jz .Ldone
	mov %rbx,%r12
	mov $0x10001,%r11d
	xor %r10d,%r10d
	mov $0x1c00,%ecx
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test %rax,%rax
	jnz .Lpanic
.Ldone:
	pop %r12
	pop %rbx
	ret
.Lpanic:
	ud2
	.size f,.-f
