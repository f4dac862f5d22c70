# title: the mask selects rbx: the VMM sees where the code is, and chooses where it goes on
# contract: shapes.yaml
# symbol: far_halt
# expect: refuted mask/permitted
# because: rbx
# expect: refuted confines/rbx
# because: return_address
# expect: refuted control/target
# because: rbx
# expect: vacuous covers/return
# because: return

	.text
	.globl	far_halt
	.type	far_halt, @function
far_halt:
	mov	%rdi, %r12
	xor	%r10d, %r10d
	mov	$0xc, %r11d
	mov	$0x1c08, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	jmp	*%rbx
.Lpanic:
	ud2
	.size	far_halt, . - far_halt
