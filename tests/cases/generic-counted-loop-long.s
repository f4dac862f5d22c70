# title: a loop of 300 rounds is counted out, and what comes behind it is seen
# contract: generic
# symbol: my_vmcall
# expect: refuted preserves/rbx
# because: rbx

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	mov	$0xc, %r11d
	xor	%r10d, %r10d
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	$300, %ecx
.Lcount:
	dec	%ecx
	jnz	.Lcount
	xor	%ebx, %ebx
	mov	%r10, %rax
	ret
.Lpanic:
	ud2
	.size	my_vmcall, . - my_vmcall
