# title: calls only where the caller's string has the right start
# contract: generic
# symbol: my_vmcall
# expect: proved

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	lea	.Lname(%rip), %rsi
	mov	$5, %ecx
	mov	%rdi, %r11
	repe cmpsb
	jne	1f
	xor	%r12d, %r12d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
1:	pop	%r12
	ret
	.size	my_vmcall, . - my_vmcall

	.section .rodata
.Lname:	.ascii	"tdx: "
