# title: firmware has at least 128 KiB of stack, but 200 KiB is more than any promises
# contract: generic
# symbol: huge_io
# expect: refuted memory/writes
# because: below the entry stack pointer
# expect: refuted memory/reads
# because: below the entry stack pointer
    .text
    .globl huge_io
    .type huge_io, @function
huge_io:
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    subq $0x32008, %rsp
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
    addq $0x32008, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    ret
1:  ud2
    .size huge_io, . - huge_io
