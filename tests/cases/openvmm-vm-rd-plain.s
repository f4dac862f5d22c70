# title: version 0
# contract: openvmm
# symbol: tdcall_vm_rd
# expect: proved

	.text
	.globl	tdcall_vm_rd
	.type	tdcall_vm_rd, @function
tdcall_vm_rd:
	xor	%ecx, %ecx
	mov	%rsi, %rdx
	mov	$7, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	shr	$32, %rax
	neg	%rax
	sbb	%rax, %rax
	neg	%rax
	mov	%r8, %rdx
	ret
	.size	tdcall_vm_rd, . - tdcall_vm_rd
