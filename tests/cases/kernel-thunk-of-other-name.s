# title: the VMM chooses the target of a jump through a thunk for bnd
# contract: generic
# symbol: f
# expect: refuted control/target
# because: VMM
# expect: incomplete complete
# because: leaves the image

.text
.globl f
.type f,@function
f:
	push %r12
	mov %rdi,%r12
	xor %eax,%eax
	mov $0x1c00,%ecx
	mov $0x10003,%r11d
	xor %r10d,%r10d
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop %r12
	mov %r11,%rax
	jmp __x86_indirect_thunk_bnd_rax
.size f,.-f
