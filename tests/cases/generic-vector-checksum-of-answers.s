# title: what the VMM answers is mixed byte by byte in vector registers; nothing else is sent
# contract: generic
# symbol: mix
# expect: proved
    .text
    .globl mix
    .type mix, @function
mix:                            # rdi: the question, rsi: 16 bytes that the answer is mixed with
    pushq %r12
    movdqu (%rsi), %xmm0
    movq %rdi, %xmm1
    punpcklbw %xmm1, %xmm1
    paddb %xmm1, %xmm0
    pcmpgtw %xmm0, %xmm1
    psrlw $3, %xmm1
    pmovmskb %xmm1, %r12d       # made of the arguments alone
    xorl %r10d, %r10d
    movl $0x10001, %r11d
    movl $0x1c00, %ecx
    xorl %eax, %eax
    .byte 0x66, 0x0f, 0x01, 0xcc
    testq %rax, %rax
    jne 1f
    movq %r11, %xmm2
    pshuflw $0x1b, %xmm2, %xmm2
    psubw %xmm0, %xmm2
    pextrw $1, %xmm2, %eax
    popq %r12
    ret
1:  ud2
    .size mix, . - mix
