# title: a loop stores a secret where a pointer leads, and memory is sent
# contract: generic
# symbol: f
# expect: incomplete confines/r10
# because: nobody.

	.text
	.globl f
	.type f,@function
f:
	xor %r9d,%r9d
	mov (%rdi),%r8
1:	inc %r9
	cmp $10,%r9
	je 2f
	rdtsc
	test %eax,%eax
	jnz 1b
	mov (%r8),%r10
	mov $0xc00,%ecx
	mov $0x10001,%r11d
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
2:	mov %rbx,(%r8)
	jmp 1b
	.size f,.-f
