# title: flags from before the scheduler ran are not given back: a branch on them goes both ways
# contract: generic
# symbol: f
# expect: refuted preserves/rbx
# because: rbx differs from its value at entry

	.text
	.globl f
	.type f,@function
f:
	sub $8,%rsp
	mov $0xc00,%ecx
	mov $0x10001,%r11d
	xor %r10d,%r10d
	xor %eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	cmp %eax,%eax
	call preempt_schedule_notrace_thunk
	je 1f
	xor %ebx,%ebx
1:	add $8,%rsp
	ret
	.size f,.-f
