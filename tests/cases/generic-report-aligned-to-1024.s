# title: the TDREPORT lies in a buffer on the stack, aligned to its size as the module requires
# contract: generic
# symbol: report_byte
# expect: proved
    .text
    .globl report_byte
    .type report_byte, @function
report_byte:
    pushq %rbp
    movq %rsp, %rbp
    pushq %rbx
    movq %rdi, %rbx
    andq $-1024, %rsp
    subq $1024, %rsp
    movq %rsp, %rcx
    movq %rsi, %rdx
    xorl %r8d, %r8d
    movl $4, %eax
    .byte 0x66, 0x0f, 0x01, 0xcc
    movzbl 5(%rsp), %edx
    movb %dl, (%rbx)
    movq -8(%rbp), %rbx
    leave
    ret
    .size report_byte, . - report_byte
