# title: firmware and bare-metal programs have larger stacks than a kernel: a buffer of 20 KiB in the frame
# contract: generic
# symbol: big_io
# expect: proved
    .text
    .globl big_io
    .type big_io, @function
big_io:
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    subq $0x5008, %rsp
    movb %dil, (%rsp)
    xorl %r10d, %r10d
    movl $30, %r11d
    movl $1, %r12d
    movl $1, %r13d
    movl $0x80, %r14d
    movzbl (%rsp), %r15d
    movl $0xfc00, %ecx
    xorl %eax, %eax
    .byte 0x66, 0x0f, 0x01, 0xcc
    testq %rax, %rax
    jne 1f
    movq %r10, %rax
    addq $0x5008, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    ret
1:  ud2
    .size big_io, . - big_io
