# title: the low bits of a register that is no argument are written to a port
# contract: generic
# symbol: io_write
# expect: refuted confines/r15
    .text
    .globl io_write
    .type io_write, @function
io_write:                       # rdi: bytes, rsi: port, rdx: value
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movl %edi, %r12d
    andl $7, %r12d
    leal (,%r12,8), %eax
    bzhi %rax, %rbx, %r15
    movl $1, %r13d
    movzwl %si, %r14d
    xorl %r10d, %r10d
    movl $30, %r11d
    movl $0xfc00, %ecx
    xorl %eax, %eax
    .byte 0x66, 0x0f, 0x01, 0xcc
    testq %rax, %rax
    jne 1f
    movq %r10, %rax
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    ret
1:  ud2
    .size io_write, . - io_write
