# title: 16 paths come to a comparison of 4 bytes on the stack, which are of rbx
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: r12

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbx
	push	%r12
	sub	$24, %rsp
	mov	%rbx, 16(%rsp)
	test	$1, %edi
	jz	1f
	movb	$1, flags+0(%rip)
1:
	test	$2, %edi
	jz	1f
	movb	$1, flags+1(%rip)
1:
	test	$4, %edi
	jz	1f
	movb	$1, flags+2(%rip)
1:
	test	$8, %edi
	jz	1f
	movb	$1, flags+3(%rip)
1:
	mov	%edi, %r12d
	xor	%eax, %eax
	cpuid
	mov	%ebx, 4(%rsp)
	mov	%edx, 8(%rsp)
	mov	%ecx, 12(%rsp)
	mov	$4, %ecx
	lea	16(%rsp), %rsi
	lea	vendor(%rip), %rdi
	repe cmpsb
	sete	%al
	movzbl	%al, %r12d
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$24, %rsp
	pop	%r12
	pop	%rbx
	ret
	.size	f, . - f

	.section .rodata
vendor:	.ascii	"Inte"

	.bss
flags:	.zero	8
