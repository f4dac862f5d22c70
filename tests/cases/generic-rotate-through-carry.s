# title: 128 bits are shifted by one, which takes a rotation through the carry, before the lower half is sent
# contract: generic
# symbol: half
# expect: proved
    .text
    .globl half
    .type half, @function
half:                           # rdi, rsi: lower and upper half of a size in 2 KiB
    pushq %r12
    pushq %r13
    shrq %rsi
    rcrq %rdi
    movq %rdi, %r12
    xorl %r13d, %r13d
    addq %rdi, %rdi
    rcll %r13d                  # the bit that was shifted out, as a flag
    xorl %r10d, %r10d
    movl $0x10001, %r11d
    movl $0x3c00, %ecx
    xorl %eax, %eax
    .byte 0x66, 0x0f, 0x01, 0xcc
    testq %rax, %rax
    jne 1f
    movq %r10, %rax
    popq %r13
    popq %r12
    ret
1:  ud2
    .size half, . - half
