// SPDX-License-Identifier: GPL-2.0-only
/* Bytes, text, fields and operations: see format.h. */
#include "fuzz/tool/format/format.h"

#include <stdbool.h>
#include <string.h>

#include "fuzz/harness/program/fields.h"
#include "fuzz/harness/program/program.h"

static const char bytes[] =
	"A program is a string of bytes: a header of 16, then records of 16 each. Every byte\n"
	"string whose first byte is the version is a program, but for those that name what is\n"
	"kept for a later version, below. A tail that is missing reads as zero; records beyond\n"
	"the first 1024 are not run. Numbers are little endian. A value beyond what there is,\n"
	"is taken modulo a constant of the format or of the geometry, never of the run: a byte\n"
	"that changes changes one thing, and a record that goes leaves the others what they\n"
	"were.\n"
	"\n"
	"    byte  0                16               32\n"
	"          | header         | record 0       | record 1       | ...\n"
	"\n";

static const char text[] =
	"## Text\n"
	"\n"
	"`spbfuzz show` prints a program as text, `spbfuzz asm` makes the same bytes of it\n"
	"again: each byte string of the version has one such form. Every command takes both.\n"
	"\n"
	"    spbt 1                             first line: the version of the text\n"
	"    geometry two-nodes                 the header, in any order; what is left out is 0\n"
	"    cpus 2\n"
	"    reaches: step:own relax:drop       what a run must reach; no part of the bytes\n"
	"    alloc s3 order=2 gfp=GFP_KERNEL|__GFP_NOWARN cpu=1 pre=17>2 pre2=40>irq:free\n"
	"    age order=3 unmovable=40 movable=120 free=64 zone=1 seed=7      # a comment\n"
	"    tunable defrag arg=1\n"
	"    free@0x21 s3                       an opcode other than the first of its operation\n"
	"    size 37                            the bytes end inside the last record\n"
	"\n"
	"A line of a record is its operation, a slot (`s0` to `s255`) where it has one, and\n"
	"`key=number` for each field that is not zero, in any order. Numbers are decimal or\n"
	"`0x`. Flags are names joined by `|`, as the kernel writes them. A preemption is the\n"
	"number of the point at which the operation is left and the CPU that runs then\n"
	"(`17>2`), or an interrupt on the CPU it is on (`40>irq:free`), which takes the fields\n"
	"of the record it interrupts; `irq/1` keeps the CPU that the bytes name and nobody asks\n"
	"for. Points are the locks and the switching of interrupts, and memory accesses where\n"
	"the schedule says so.\n"
	"\n";

static const char ops_head[] =
	"## Operations\n"
	"\n"
	"Opcodes are the values of byte 0, and of the last byte for interrupts; a program is\n"
	"written with the first of an operation, the others mean the same. cpu and preemptions\n"
	"count in every record. Orders and nodes are taken modulo one more than the geometry\n"
	"has, so that the first one too large can be asked for, where that is meant. A page\n"
	"number `arg` is scaled to the memory map and a little beyond both of its ends.\n"
	"\n";

static const char letters[] =
	"S: gives the allocator a state, with calls by the hundred. A: at the beginning of a\n"
	"program it runs before the CPUs take turns. L: what comes later finds the machine\n"
	"changed; programs are cut and joined after it. W: a walk of the tainted lists. I: may\n"
	"run in an interrupt; any other does nothing there.\n"
	"\n";

static const char later[] =
	"### Kept for later versions\n"
	"\n"
	"These have their numbers and their text, and do nothing: they are counted as no-ops,\n"
	"by name (`spbfuzz reach`). `make check` sees to it that no committed input has one, so\n"
	"that none changes its meaning when they come.\n"
	"\n";

static const char changes[] =
	"### What may change\n"
	"\n"
	"* Numbers of operations, opcodes, geometries, profiles, tunables and bits are never\n"
	"  used for something else. `scripts/run part format` sees to it that committed inputs\n"
	"  decode to what they did.\n"
	"* An opcode that no operation has is a no-op, for ever or until a later version gives\n"
	"  it to one: first those named above, then 0xea to 0xf5. Others are found in committed\n"
	"  inputs and stay what they are, and so do the spare bits of header and record.\n"
	"* `geometry` bytes 224 to 255, `pcp` and `watermarks` bytes 232 to 239 are kept for 32\n"
	"  more geometries and 8 more profiles of each kind. Until these exist a program that\n"
	"  names one is refused by the tool, with a sentence, and ignored by targets. All other\n"
	"  bytes are taken modulo 32 and 8, and mean the first entry where there was none when\n"
	"  this was laid down.\n"
	"* Slots 64 to 95 of `tunable` are kept for 32 more tunables; until these exist they\n"
	"  are taken modulo 8, as all above 8 are.\n"
	"* An operation that comes later joins one of the groups that there are: bits of\n"
	"  `without` above these are set in committed inputs.\n"
	"* Nothing else fits into a header: what a later version has to say of a machine, it\n"
	"  says in records (`tunable`, `boot_set`), or it is another version of the format. A\n"
	"  tool that does not know a version says so; targets ignore it.\n"
	"\n";

static void print_bits(FILE *to, const struct field *field)
{
	unsigned int first = field->at / 8, last = (field->at + field->bits - 1u) / 8;

	fprintf(to, "| %u", first);
	if (last != first)
		fprintf(to, "-%u", last);
	if (field->bits < 8) {
		fprintf(to, ", bit %u", field->at % 8);
		if (field->bits > 1)
			fprintf(to, "-%u", field->at % 8 + field->bits - 1);
	}
	fputs(" | ", to);
}

static void print_fields(FILE *to, const struct field *fields, unsigned int nr, bool plain)
{
	fputs("| byte | text | what |\n|---|---|---|\n", to);
	for (unsigned int i = 0; i < nr; i++) {
		if ((fields[i].use == USE_PLAIN) != plain)
			continue;
		print_bits(to, &fields[i]);
		if (fields[i].kind == KIND_SLOT)
			fputs("`s0`, ...", to);
		else if (fields[i].kind == KIND_TUNABLE || fields[i].kind == KIND_SETTING)
			fputs("its name", to);
		else if (*fields[i].key)
			fprintf(to, "`%s`", fields[i].key);
		fprintf(to, " | %s |\n", fields[i].meaning);
	}
	fputc('\n', to);
}

/* "slot order gfp": what text calls them, two words for what has one that others have. */
static void print_counting(FILE *to, const struct operation *op)
{
	const char *gap = "";

	for (unsigned int id = 0; id < NR_FIELDS; id++) {
		const struct field *field = &record_fields[id];

		if (!(op->fields >> id & 1))
			continue;
		fprintf(to, "%s%s", gap, field->kind == KIND_SLOT ? "slot" :
			field->kind == KIND_TUNABLE ? "tunable" :
			field->kind == KIND_SETTING ? "setting" : field->key);
		gap = " ";
	}
}

static void print_flags(FILE *to, const struct operation *op)
{
	static const struct {
		unsigned int flag;
		char letter;
	} names[] = {
		{ OPERATION_STATE, 'S' }, { OPERATION_ALONE, 'A' }, { OPERATION_LASTS, 'L' },
		{ OPERATION_WALK, 'W' },  { OPERATION_ATOMIC, 'I' },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (op->flags & names[i].flag)
			fputc(names[i].letter, to);
}

static void print_operations(FILE *to, bool reserved)
{
	fputs("| operation | opcodes | group | fields | | what it does |\n"
	      "|---|---|---|---|---|---|\n", to);
	for (unsigned int i = OP_nop + 1; i < NR_OPS; i++) {
		const struct operation *op = &operations[i];

		if (!(op->flags & OPERATION_RESERVED) == reserved)
			continue;
		fprintf(to, "| `%s` | 0x%02x-0x%02x | %s | ", op->name, op->first,
			op->first + op->opcodes - 1u, program_group_name(op->group));
		print_counting(to, op);
		fputs(" | ", to);
		print_flags(to, op);
		fprintf(to, " | %s |\n", op->meaning);
	}
	fputc('\n', to);
}

void format_programs(FILE *to)
{
	fputs("## Bytes\n\n", to);
	fputs(bytes, to);
	fputs("### Header\n\n", to);
	print_fields(to, header_fields, NR_HEADER_FIELDS, true);
	fputs("The schedule is made of these:\n\n", to);
	print_fields(to, header_fields, NR_HEADER_FIELDS, false);
	fputs("### Record\n\n", to);
	print_fields(to, record_fields, NR_FIELDS, true);
	fputs("Some operations take these bits for something else, or under another name:\n\n", to);
	print_fields(to, record_fields, NR_FIELDS, false);
	fputs(text, to);
	fputs(ops_head, to);
	print_operations(to, false);
	fputs(letters, to);
	fputs(later, to);
	print_operations(to, true);
	fputs(changes, to);
}
