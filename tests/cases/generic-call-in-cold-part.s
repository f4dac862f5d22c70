# title: the call is made in the part that the compiler split off, with interrupts disabled for good
# contract: generic
# symbol: my_vmcall
# expect: refuted preserves/if
# because: if differs

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	cli
	mov	$0xc00, %ecx
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	jmp	my_vmcall.cold
.Lback:
	ret
	.size	my_vmcall, . - my_vmcall

	.section .text.unlikely, "ax"
	.type	my_vmcall.cold, @function
my_vmcall.cold:
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	jmp	.Lback
	.size	my_vmcall.cold, . - my_vmcall.cold
