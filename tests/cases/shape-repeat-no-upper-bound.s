# title: the VMM may send the guest beyond the range
# contract: shapes.yaml
# symbol: map_all
# expect: refuted leaf
# because: gpa + size

	.text
	.globl	map_all
	.type	map_all, @function
map_all:
	push	%r12
	push	%r13
	push	%rbx
	mov	$3, %ebx
	lea	(%rdi,%rsi), %rdx
	mov	%rdi, %r8
	mov	%rsi, %r13
.Lagain:
	mov	%r8, %r12
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	cmp	$1, %r10
	jne	.Lout
	cmp	%r8, %r11
	jb	.Lout
	dec	%ebx
	jz	.Lout
	mov	%r11, %r8
	mov	%rdx, %r13
	sub	%r11, %r13
	jmp	.Lagain
.Lout:
	mov	%r10, %rax
	pop	%rbx
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	map_all, . - map_all
