# title: the caller's number of pages times their size, as Rust and __builtin_mul_overflow check it
# contract: generic
# symbol: f
# expect: proved

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
	jo .Lpanic
	add %rax,%rsi
.Lround:
	cmp %rsi,%rbx
	jae .Ldone
	mov %rbx,%r12
	mov $0x10001,%r11d
	xor %r10d,%r10d
	mov $0x1c00,%ecx
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test %rax,%rax
	jnz .Lpanic
	add $0x1000,%rbx
	jmp .Lround
.Ldone:
	pop %r12
	pop %rbx
	ret
.Lpanic:
	ud2
	.size f,.-f
