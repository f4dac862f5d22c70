# title: what the TDX module answered decides what is sent; a refused call leaves the argument in rdx, which is public too
# contract: generic
# symbol: handle_event
# expect: proved

	.text
	.globl	handle_event
	.type	handle_event, @function
handle_event:
	push	%r12
	mov	$3, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall: TDG.VP.VEINFO.GET
	mov	%edx, %r12d			# the exit qualification
	and	$7, %r12d
	inc	%r12d
	xor	%r10d, %r10d
	mov	$30, %r11d
	xor	%eax, %eax
	mov	$0x1c00, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall: Instruction.IO
	pop	%r12
	ret
	.size	handle_event, . - handle_event
