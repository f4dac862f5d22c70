# title: a field of the module
# contract: openvmm
# symbol: tdcall_sys_rd
# expect: proved

	.text
	.globl	tdcall_sys_rd
	.type	tdcall_sys_rd, @function
tdcall_sys_rd:
	xor	%ecx, %ecx
	mov	%rsi, %rdx
	mov	$11, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	shr	$32, %rax
	neg	%rax
	sbb	%rax, %rax
	neg	%rax
	mov	%r8, %rdx
	ret
	.size	tdcall_sys_rd, . - tdcall_sys_rd
