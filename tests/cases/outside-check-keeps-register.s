# title: a check that the compiler inserted leaves a register as it was
# contract: generic
# symbol: f
# expect: incomplete confines/rdx
# because: rdx shows the VMM something other than the declared inputs:

	.text
	.globl f
	.type f,@function
f:
	sub $8,%rsp
	mov %rbx,%rdx
	call __asan_load8_noabort
	mov $0xc04,%ecx
	mov $0x10001,%r11d
	xor %r10d,%r10d
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add $8,%rsp
	ret
	.size f,.-f
