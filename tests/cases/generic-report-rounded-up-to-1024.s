# title: a buffer for the TDREPORT that is rounded up to its alignment by hand, in an array that is large enough
# contract: generic
# symbol: report_byte
# expect: proved
    .text
    .globl report_byte
    .type report_byte, @function
report_byte:
    pushq %rbx
    subq $2048, %rsp
    movq %rdi, %rbx
    leaq 1023(%rsp), %rcx
    andq $-1024, %rcx
    movq %rsi, %rdx
    xorl %r8d, %r8d
    movq %rcx, %rdi
    movb $1, 1023(%rdi)
    movl $4, %eax
    .byte 0x66, 0x0f, 0x01, 0xcc
    movzbl 5(%rdi), %edx
    movb %dl, (%rbx)
    addq $2048, %rsp
    popq %rbx
    ret
    .size report_byte, . - report_byte
