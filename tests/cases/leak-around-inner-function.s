# title: a function around the one that holds the call puts rbx into its argument
# contract: generic
# symbol: bad
# expect: refuted confines/r12
# because: r12

.text
.globl bad
.type bad,@function
bad:
	mov %rbx,%rdi
.globl inner
.type inner,@function
inner:
	push %r12
	mov %rdi,%r12
	xor %eax,%eax
	mov $0x1c00,%ecx
	mov $0x10003,%r11d
	xor %r10d,%r10d
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop %r12
	ret
.size inner,.-inner
.size bad,.-bad
