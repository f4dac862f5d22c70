# title: in round 77 the place where rbx was saved is overwritten
# contract: generic
# symbol: f
# expect: incomplete preserves/rbx
# because: rests on a loop

.globl f
.type f,@function
f: push %rbx
push %r12
xor %eax,%eax
1: inc %rax
cmp $77,%rax
jne 2f
mov %rax,8(%rsp)
2: cmp %rdi,%rax
jb 1b
mov %rsi,%r12
mov $0x1c00,%ecx; mov $0x10003,%r11d; xor %r10d,%r10d; xor %eax,%eax; .byte 0x66,0x0f,0x01,0xcc
pop %r12
pop %rbx
ret
.size f,.-f
