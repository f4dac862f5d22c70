/*
 * tdx.h: what the seed wrappers share.  For preprocessed assembly only.
 *
 * TDCALL and SEAMCALL are written as bytes, so that assemblers that do not
 * know them will do.  Both take everything in registers:
 *
 *   rax  leaf number in, completion status out
 *   rcx  for TDG.VP.VMCALL (TDCALL leaf 0) the register mask: bit i shows the
 *        general register with encoding number i to the VMM, and lets the VMM
 *        change it.  Bits 0 (rax), 1 (rcx), 4 (rsp), 5 (rbp, where the TD has
 *        NO_RBP_MOD) and 63:32 must be zero, else the module refuses the call.
 *
 * A refused call changes rax and nothing else: r10 still holds the 0 that was
 * put there, which reads as success.  So rax is tested first, all 64 bits.
 */
#ifndef SEED_TDX_H
#define SEED_TDX_H

/* Register mask bits, in the order of the instruction encoding. */
#define TDX_RDX			0x0004
#define TDX_RBX			0x0008
#define TDX_RSI			0x0040
#define TDX_RDI			0x0080
#define TDX_R8			0x0100
#define TDX_R9			0x0200
#define TDX_R10			0x0400
#define TDX_R11			0x0800
#define TDX_R12			0x1000
#define TDX_R13			0x2000
#define TDX_R14			0x4000
#define TDX_R15			0x8000

/* Every general register that a legal mask can select. */
#define TDX_ALL_GPRS		(TDX_RDX | TDX_RBX | TDX_RSI | TDX_RDI | \
				 TDX_R8  | TDX_R9  | TDX_R10 | TDX_R11 | \
				 TDX_R12 | TDX_R13 | TDX_R14 | TDX_R15)

/* TDCALL leaf. */
#define TDG_VP_VMCALL		0

/* TDG.VP.VMCALL sub-functions (r10 = 0, r11 = the number). */
#define TDVMCALL_CPUID		0x0000a
#define TDVMCALL_HLT		0x0000c
#define TDVMCALL_RDMSR		0x0001f
#define TDVMCALL_WRMSR		0x00020
#define TDVMCALL_MMIO		0x00030
#define TDVMCALL_PCONFIG	0x00041
#define TDVMCALL_MAP_GPA	0x10001
#define TDVMCALL_GET_QUOTE	0x10002
#define TDVMCALL_FATAL_ERROR	0x10003

#define MMIO_READ		0
#define MMIO_WRITE		1

/* What rax says when SEAMCALL did not get as far as the TDX module. */
#define SEAMCALL_FAULTED	0x8000FF0000000000	/* or-ed with the trap number */
#define SEAMCALL_VMFAILINVALID	0x8000FF00FFFF0000

/* struct tdx_module_args: 13 members of 8 bytes. */
#define ARGS_RCX		0
#define ARGS_RDX		8
#define ARGS_R8			16
#define ARGS_R9			24
#define ARGS_R10		32
#define ARGS_R11		40
#define ARGS_R12		48
#define ARGS_R13		56
#define ARGS_R14		64
#define ARGS_R15		72
#define ARGS_RBX		80
#define ARGS_RDI		88
#define ARGS_RSI		96

.macro tdcall
	.byte	0x66, 0x0f, 0x01, 0xcc
.endm

.macro seamcall
	.byte	0x66, 0x0f, 0x01, 0xcf
.endm

/* Sets a register to zero; the 32-bit form clears the upper half too. */
.macro zero regs:vararg
	.irp reg, \regs
	xorl	%\reg, %\reg
	.endr
.endm

/*
 * An exception table entry: if the instruction at \insn faults, execution
 * goes on at \fixup with the trap number in rax (type 2, EX_TYPE_FAULT).
 */
.macro ex_table_fault insn, fixup
	.pushsection __ex_table, "a"
	.balign	4
	.long	\insn - .
	.long	\fixup - .
	.long	2
	.popsection
.endm

.macro FUNC_START name
	.balign	16
	.globl	\name
	.type	\name, @function
\name:
	endbr64
.endm

.macro FUNC_END name
	.size	\name, . - \name
.endm

	.section .note.GNU-stack, "", @progbits
	.text

#endif
