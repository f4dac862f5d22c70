# title: what the module answers is put together in vector registers and stored two by two, as compilers do for SSE 4.1
# contract: generic
# symbol: read_fields
# expect: proved
    .text
    .globl read_fields
    .type read_fields, @function
read_fields:                    # rdi: where RCX, RDX, R8 and R9 of TDG.VP.VEINFO.GET go
    movl $3, %eax
    .byte 0x66, 0x0f, 0x01, 0xcc
    testq %rax, %rax
    jne 1f
    movq %rcx, %xmm0
    pinsrq $1, %rdx, %xmm0
    movd %r8d, %xmm1
    shrq $32, %r8
    pinsrd $1, %r8d, %xmm1
    movq %r9, %xmm2
    punpcklqdq %xmm2, %xmm1
    movups %xmm0, (%rdi)
    movups %xmm1, 16(%rdi)
    xorl %eax, %eax
    ret
1:  movl $-5, %eax
    ret
    .size read_fields, . - read_fields
