# title: the canary is a variable
# contract: generic
# symbol: f
# expect: incomplete confines/r10
# because: r10 shows the VMM something other than the declared inputs:

	.text
	.globl f
	.type f,@function
f:
	mov __stack_chk_guard(%rip),%r10
	mov $0xc00,%ecx
	mov $0x10001,%r11d
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size f,.-f
	.data
	.globl __stack_chk_guard
	.type __stack_chk_guard,@object
	.size __stack_chk_guard,8
__stack_chk_guard: .quad 0x1234
