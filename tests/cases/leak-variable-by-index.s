# title: rbx is stored in a variable by an index and read by its name
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: r12

.text
.globl f
.type f,@function
f:
	push %r12
	mov %rbx,g(%rdi)
	mov g(%rip),%r12
	xor %eax,%eax
	mov $0x1c00,%ecx
	mov $0x10003,%r11d
	xor %r10d,%r10d
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop %r12
	ret
.size f,.-f
.bss
g: .zero 4096
