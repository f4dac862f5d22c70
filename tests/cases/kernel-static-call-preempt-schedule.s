# title: preemption is enabled again, by static calls that objtool has listed, while the arguments are in registers: the scheduler gives them all back
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl f
	.type f,@function
f:
	sub $8,%rsp
	mov %rdi,%rdx
	mov $0xc04,%ecx
	mov $0x10001,%r11d
	xor %r10d,%r10d
	xor %eax,%eax
	1: call __SCT__preempt_schedule
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	call __SCT__preempt_schedule
	add $8,%rsp
	ret
	.size f,.-f

	.section .static_call_sites, "aw"
	.long	1b - .
	.long	__SCK__preempt_schedule - .
