# title: rbx is stored in a per-CPU variable and read by way of a pointer to it
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: r12

.text
.globl f
.type f,@function
f:
	push %r12
	mov %rbx,%gs:0x100
	mov this_cpu_off(%rip),%rax
	mov 0x100(%rax),%r12
	xor %eax,%eax
	mov $0x1c00,%ecx
	mov $0x10003,%r11d
	xor %r10d,%r10d
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop %r12
	ret
.size f,.-f
