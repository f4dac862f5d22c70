# title: the caller chooses the mask, the function adds rsp to it
# contract: generic
# symbol: f
# expect: refuted mask/reserved
# because: rsp

	.text
	.globl	f
	.type	f, @function
f:
	mov	%rdi, %rcx
	and	$0xc00, %ecx
	or	$0x10, %rcx
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f
