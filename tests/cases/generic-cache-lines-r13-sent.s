# title: writing back a line of the caches leaves what r13 holds in r12
# contract: generic
# symbol: share_page
# expect: refuted confines/r12
    .text
    .globl share_page
    .type share_page, @function
share_page:                     # rdi: page
    pushq %r12
    pushq %r13
    movq %r13, %r12
    movl $4096, %r13d
    cmpq %rdi, %rdi
    clflushopt (%rdi)
    clflush 64(%rdi)
    clwb 128(%rdi)
    jne 3f                      # the flags are still those of the comparison
    mfence
    xorl %r10d, %r10d
    movl $0x10001, %r11d
    movl $0x3c00, %ecx
    xorl %eax, %eax
    .byte 0x66, 0x0f, 0x01, 0xcc
    testq %rax, %rax
    jne 3f
    movq %r10, %rax
    popq %r13
    popq %r12
    ret
3:  ud2
    .size share_page, . - share_page
