# title: half of the number of the field
# contract: openvmm
# symbol: tdcall_sys_rd
# expect: refuted passes/rdx
# because: field

	.text
	.globl	tdcall_sys_rd
	.type	tdcall_sys_rd, @function
tdcall_sys_rd:
	xor	%ecx, %ecx
	mov	%esi, %edx
	mov	$11, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	shr	$32, %rax
	neg	%rax
	sbb	%rax, %rax
	neg	%rax
	mov	%r8, %rdx
	ret
	.size	tdcall_sys_rd, . - tdcall_sys_rd
