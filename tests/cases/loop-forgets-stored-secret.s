# title: a secret is stored, and a loop with a call comes before it is read
# contract: generic
# symbol: f
# expect: incomplete confines/r10
# because: nobody.

	.text
	.globl f
	.type f,@function
f:
	push %rbp
	push %r12
	push %r13
	mov %rdi,%r12
	xor %ebp,%ebp
1:	inc %ebp
	cmp $10,%ebp
	je 2f
	mov %r12,%rdi
	call more
	test %eax,%eax
	jnz 1b
	mov (%r12),%r10
	mov $0xc00,%ecx
	mov $0x10001,%r11d
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop %r13
	pop %r12
	pop %rbp
	ret
2:	mov %rbx,(%r12)
	call notify
	jmp 1b
	.size f,.-f
