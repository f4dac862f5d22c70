# title: lodsq walks through the members
# contract: seed
# symbol: __tdcall
# expect: proved

	.text
	.globl	__tdcall
	.type	__tdcall, @function
__tdcall:
	lodsq
	mov	%rax, %rcx
	lodsq
	mov	%rax, %rdx
	lodsq
	mov	%rax, %r8
	lodsq
	mov	%rax, %r9
	lodsq
	mov	%rax, %r10
	lodsq
	mov	%rax, %r11
	mov	%rdi, %rax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	__tdcall, . - __tdcall
