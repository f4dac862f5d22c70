# title: the stack arguments are taken right above the return address, as in the System V convention
# contract: shapes.yaml
# symbol: FatalError
# expect: refuted passes/rbx
# because: M2
# expect: refuted passes/rdi
# because: M3
# expect: refuted passes/rsi
# because: M4
# expect: refuted passes/r8
# because: M5
# expect: refuted passes/r9
# because: M6
# expect: refuted passes/rdx
# because: M7
# expect: refuted confines/rbx
# because: stack
# expect: refuted confines/rdi
# because: stack
# expect: refuted confines/rsi
# because: stack
# expect: refuted confines/r8
# because: stack

	.text
	.globl	FatalError
	.type	FatalError, @function
FatalError:
	mov	%rcx, %r12
	mov	%rdx, %r13
	mov	%r8, %r14
	mov	%r9, %r15
	mov	0x08(%rsp), %rbx
	mov	0x10(%rsp), %rdi
	mov	0x18(%rsp), %rsi
	mov	0x20(%rsp), %r8
	mov	0x28(%rsp), %r9
	mov	0x30(%rsp), %rdx
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0xffcc, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
.Lstop:
	hlt
	jmp	.Lstop
	.size	FatalError, . - FatalError
