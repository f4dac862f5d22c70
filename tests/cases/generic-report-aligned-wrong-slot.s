# title: of the frame around an aligned buffer the wrong word is restored
# contract: generic
# symbol: wrong_byte
# expect: refuted preserves/rbx
# because: rbx
    .text
    .globl wrong_byte
    .type wrong_byte, @function
wrong_byte:
    pushq %rbp
    movq %rsp, %rbp
    pushq %rbx
    movq %rdi, %rbx
    andq $-1024, %rsp
    subq $1024, %rsp
    movq %rsp, %rcx
    movq %rsi, %rdx
    xorl %r8d, %r8d
    movl $2, %eax
    .byte 0x66, 0x0f, 0x01, 0xcc
    movzbl 5(%rsp), %edx
    movb %dl, (%rbx)
    movq 8(%rsp), %rbx
    leave
    ret
    .size wrong_byte, . - wrong_byte
