// SPDX-License-Identifier: GPL-2.0-only
/*
 * The unit tests as one program: `unit test_relax` runs those of tests/test_relax.c. Each of
 * these files has a main(), which is compiled under the name of its file; units.def, which make
 * writes, has a row for each.
 */
#include <stdio.h>
#include <string.h>

#define UNIT(name) int name(void);
#include "units.def"
#undef UNIT

static const struct {
	const char *name;
	int (*run)(void);
} units[] = {
#define UNIT(name) { #name, name },
#include "units.def"
#undef UNIT
};

int main(int argc, char **argv)
{
	size_t nr = sizeof(units) / sizeof(units[0]);

	for (size_t i = 0; argc == 2 && i < nr; i++)
		if (!strcmp(argv[1], units[i].name))
			return units[i].run();
	fprintf(stderr, "usage: %s FILE\nFILE:", argv[0]);
	for (size_t i = 0; i < nr; i++)
		fprintf(stderr, " %s", units[i].name);
	fprintf(stderr, "\n");
	return 2;
}
