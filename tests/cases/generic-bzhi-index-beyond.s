# title: bzhi with an index beyond the operand keeps all bits and sets CF (Intel SDM volume 2, BZHI), so rbx is never sent
# contract: generic
# symbol: f
# expect: proved
    .text
    .globl f
    .type f,@function
f:
    push %r12
    mov $0xff, %eax
    bzhi %rax, %rdi, %r12
    jnc 1f
    cmp %rdi, %r12
    jne 1f
    mov $31, %eax
    bzhi %eax, %edi, %edx
    jc 1f
    btl $31, %edx
    jc 1f
    mov $32, %eax
    bzhi %eax, %edi, %edx
    jnc 1f
    cmp %edi, %edx
    jne 1f
    xor %eax,%eax
    bzhi %rax,%rdi,%rdx
    jnz 1f
2:  xor %r10d,%r10d
    mov $0x10001,%r11d
    mov $0x1c00,%ecx
    xor %eax,%eax
    .byte 0x66,0x0f,0x01,0xcc
    pop %r12
    ret
1:  mov %rbx, %r12
    jmp 2b
    .size f,.-f
