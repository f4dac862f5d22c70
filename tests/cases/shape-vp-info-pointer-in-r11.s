# title: the pointer waits in r11, which the leaf writes though it does not take it
# contract: shapes.yaml
# symbol: vp_info
# expect: refuted memory/writes
# because: module.0.r11
# expect: refuted yields/rcx
# because: info.
# expect: refuted yields/rdx
# because: info.
# expect: refuted yields/r8
# because: info.
# expect: refuted yields/r9
# because: info.
# expect: refuted yields/r10
# because: info.
# expect: refuted yields/r11
# because: info.

	.text
	.globl	vp_info
	.type	vp_info, @function
vp_info:
	mov	%rdi, %r11
	mov	$1, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%r11, %rdi
	test	%rax, %rax
	jnz	.Lend
	mov	%rcx, (%rdi)
	mov	%rdx, 8(%rdi)
	mov	%r8, 16(%rdi)
	mov	%r9d, 24(%rdi)
	mov	%r10d, 28(%rdi)
	mov	%r11, 32(%rdi)
.Lend:
	ret
	.size	vp_info, . - vp_info
