# title: the last message word is taken from behind the arguments
# contract: shapes.yaml
# symbol: FatalError
# expect: refuted passes/rdx
# because: M7
# expect: refuted memory/reads
# because: caller's frame
# expect: refuted confines/rdx
# because: stack

	.text
	.globl	FatalError
	.type	FatalError, @function
FatalError:
	mov	%rcx, %r12
	mov	%rdx, %r13
	mov	%r8, %r14
	mov	%r9, %r15
	mov	0x28(%rsp), %rbx
	mov	0x30(%rsp), %rdi
	mov	0x38(%rsp), %rsi
	mov	0x40(%rsp), %r8
	mov	0x48(%rsp), %r9
	mov	0x58(%rsp), %rdx
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0xffcc, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
.Lstop:
	hlt
	jmp	.Lstop
	.size	FatalError, . - FatalError
