# title: the replacement that takes the wrong register runs where a feature is there; the one for a CPU without the feature that all have never does
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: r12

.text
.globl f
.type f,@function
f:
	push %r12
661:	mov %rdi,%r12
662:
	xor %eax,%eax
	mov $0x1c00,%ecx
	mov $0x10003,%r11d
	xor %r10d,%r10d
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop %r12
	ret
.size f,.-f
.section .altinstructions,"a"
	.long 661b-.
	.long 663f-.
	.word 21
	.word 0
	.byte 662b-661b
	.byte 664f-663f
	.long 661b-.
	.long 665f-.
	.word 3*32+21
	.word 1
	.byte 662b-661b
	.byte 666f-665f
.section .altinstr_replacement,"ax"
663:	mov %rbx,%r12
664:
665: mov %rdi,%r12
666:
