# title: a buffer for what extends an RTMR that is rounded up to its alignment by hand, in an array of its size: its end may be the return address
# contract: generic
# symbol: short_array
# expect: refuted stack/return-address
# because: return
# expect: refuted memory/writes
# because: caller
    .text
    .globl short_array
    .type short_array, @function
short_array:
    pushq %rbx
    subq $1024, %rsp
    movq %rdi, %rbx
    leaq 1023(%rsp), %rcx
    andq $-1024, %rcx
    movq %rsi, %rdx
    xorl %r8d, %r8d
    movq %rcx, %rdi
    movb $1, 1023(%rdi)
    movl $2, %eax
    .byte 0x66, 0x0f, 0x01, 0xcc
    movzbl 5(%rdi), %edx
    movb %dl, (%rbx)
    addq $1024, %rsp
    popq %rbx
    ret
    .size short_array, . - short_array
