# title: what a register held before the scheduler ran is sent
# contract: generic
# symbol: f
# expect: refuted confines/rdx
# because: rdx shows the VMM something other than the declared inputs

	.text
	.globl f
	.type f,@function
f:
	sub $8,%rsp
	mov %rbx,%rdx
	mov $0xc04,%ecx
	mov $0x10001,%r11d
	xor %r10d,%r10d
	xor %eax,%eax
	call preempt_schedule_thunk
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	call __SCT__preempt_schedule
	add $8,%rsp
	ret
	.size f,.-f
