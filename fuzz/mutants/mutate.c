// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mutants of C files in kernel style, made token by token.
 *
 *   mutate list SEED FILE...   one line per mutant: a hash of SEED and id, id, line number
 *   mutate make ID             the file of that mutant, on standard output
 *   mutate show ID             what it changes: the old line and the new one
 *
 * An id is file:function:operator:ordinal, the ordinal counted within the function, so that
 * it stays the same when other functions change. A mutant has as many lines as its original.
 *
 *   negate  if (c)       if (!(c))        number  n          n + 1, n - 1
 *   not     !c           c                limit   pageblock_order  one less
 *   compare <  ==        <=  !=           name    MIGRATE_*, ALLOC_*, ...  another one
 *   logic   && ||        || &&            call    min, list_add, ...  its counterpart
 *   arith   + - * / ++   - + / * --       drop    statement  ;
 *   bits    & | << |=    | & >> &=        result  return e   return 0, !e, e + 1
 *   choose  c ? a : b    c == 0 ? a : b
 *
 * The preprocessor's lines are left alone, and so are declarations outside functions, but
 * for the tables of constants. So are assertions, since a correct program is the same without
 * them, and what is told to the host in events.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/mutants/mutations.h"

#define MAX_TOKENS 65536
#define MAX_NAME 80
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum kind { END, IDENT, NUMBER, STRING, PUNCT };

struct token {
	enum kind kind;
	const char *at;
	size_t length;
	unsigned int line;
	bool first;  /* in column 0 */
	bool spaced; /* a blank on both sides, as binary operators have */
};

/* [from, to) of the file becomes @format, in which %s is what was there. */
struct mutant {
	const char *from, *to;
	const char *format;
	unsigned int line;
};

/* Words that begin no expression. */
static const char *const keywords[] = {
	"if", "else", "while", "for", "do", "switch", "case", "default", "return", "goto", "sizeof",
	"struct", "enum", "union", "static", "const", "extern", "unsigned", "signed", "int", "long",
	"char", "short", "void", "typedef", "inline", "__maybe_unused",
};

static char source[1 << 18];
static struct token tokens[MAX_TOKENS];
static size_t nr_tokens;

/* What walks the mutants of a file: counts, prints, or looks for one. */
static struct {
	const char *file;
	char function[MAX_NAME];
	bool is_bool, is_pointer; /* what the function returns */
	unsigned int count[NR_OPERATORS];
	const char *wanted; /* NULL: list them all */
	const char *seed;
	struct mutant found;
} walk;

static bool is(const struct token *t, const char *text)
{
	return t->length == strlen(text) && !memcmp(t->at, text, t->length);
}

static bool is_keyword(const struct token *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
		if (is(t, keywords[i]))
			return true;
	return false;
}

/* --- tokens --- */

static size_t punct_length(const char *at)
{
	static const char *const longer[] = {
		"<<=", ">>=", "...", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&",
		"||", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
	};

	for (size_t i = 0; i < ARRAY_SIZE(longer); i++)
		if (!strncmp(at, longer[i], strlen(longer[i])))
			return strlen(longer[i]);
	return 1;
}

static size_t string_length(const char *at)
{
	const char *end = at + 1;

	while (*end && *end != *at)
		end += *end == '\\' ? 2 : 1;
	return (size_t)(end + 1 - at);
}

/* Blanks, comments and lines of the preprocessor. */
static const char *skip(const char *at, unsigned int *line)
{
	for (;;) {
		const char *from = at;

		if (isspace((unsigned char)*at))
			at++;
		else if (!strncmp(at, "//", 2))
			at += strcspn(at, "\n");
		else if (!strncmp(at, "/*", 2))
			at = strstr(at, "*/") + 2;
		else if (*at == '#')
			while (*at && *at != '\n')
				at += *at == '\\' ? 2 : 1;
		else
			return at;
		for (; from < at; from++)
			*line += *from == '\n';
	}
}

static void tokenize(void)
{
	unsigned int line = 1;
	const char *at = source;

	nr_tokens = 0;
	while (*(at = skip(at, &line)) && nr_tokens < MAX_TOKENS - 1) {
		struct token *t = &tokens[nr_tokens++];

		*t = (struct token){ .at = at, .line = line, .kind = PUNCT };
		t->first = at == source || at[-1] == '\n';
		if (isalpha((unsigned char)*at) || *at == '_')
			t->kind = IDENT;
		else if (isdigit((unsigned char)*at))
			t->kind = NUMBER;
		else if (*at == '"' || *at == '\'')
			t->kind = STRING;
		if (t->kind == IDENT || t->kind == NUMBER)
			while (isalnum((unsigned char)at[t->length]) || at[t->length] == '_')
				t->length++;
		else
			t->length = t->kind == STRING ? string_length(at) : punct_length(at);
		at += t->length;
		t->spaced = isspace((unsigned char)t->at[-(t->at > source)]) &&
			    isspace((unsigned char)*at);
	}
	tokens[nr_tokens] = (struct token){ .kind = END, .at = at, .line = line };
}

/* The token that closes what @t opens, or the last one. */
static const struct token *closing(const struct token *t)
{
	int depth = 0;

	for (; t->kind != END; t++) {
		depth += is(t, "(") || is(t, "[") || is(t, "{");
		depth -= is(t, ")") || is(t, "]") || is(t, "}");
		if (!depth)
			break;
	}
	return t;
}

/* The semicolon of the statement that begins at @t. */
static const struct token *end_of_statement(const struct token *t)
{
	while (t->kind != END && !is(t, ";"))
		t = is(t, "(") || is(t, "[") || is(t, "{") ? closing(t) + 1 : t + 1;
	return t;
}

/* --- mutants --- */

/* FNV-1a: a sample taken by it keeps its mutants when others come or go. */
static unsigned long long hash(const char *seed, const char *id)
{
	unsigned long long h = 0xcbf29ce484222325ull;

	for (; *seed; seed++)
		h = (h ^ (unsigned char)*seed) * 0x100000001b3ull;
	for (; *id; id++)
		h = (h ^ (unsigned char)*id) * 0x100000001b3ull;
	return (h ^ h >> 29) * 0xbf58476d1ce4e5b9ull;
}

static void offer(enum operator_kind operator, const struct token *first, const struct token *end,
		  const char *format)
{
	char id[512];
	struct mutant m = { first->at, end->at, format, first->line };

	snprintf(id, sizeof(id), "%s:%s:%s:%u", walk.file, walk.function, operator_names[operator],
		 ++walk.count[operator]);
	/* What is replaced ends with its last token, not where the next one begins. */
	m.to = end[-1].at + end[-1].length;
	if (!walk.wanted)
		printf("%016llx %s %u\n", hash(walk.seed, id), id, m.line);
	else if (!strcmp(walk.wanted, id))
		walk.found = m;
}

static void offer_swaps(const struct token *t, const struct swap *swaps, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (is(t, swaps[i].old))
			offer(swaps[i].operator, t, t + 1, swaps[i].new);
}

/* if (...), while (...), and what is between the semicolons of for (...). */
static void mutate_condition(const struct token *t)
{
	const struct token *open = t + 1, *close = closing(open);

	if (is(t, "for")) {
		const struct token *first = end_of_statement(open + 1);

		open = first;
		close = end_of_statement(first + 1);
	}
	if (close > open + 1)
		offer(NEGATE, open + 1, close, "!(%s)");
}

static void mutate_return(const struct token *t)
{
	const struct token *first = t + 1, *end = end_of_statement(t);

	if (end == first) {
		offer(DROP, t, end, "");
		return;
	}
	if (!is(first, "0") && !is(first, "NULL") && !is(first, "false") && !is(first, "true"))
		offer(RESULT, first, end, "0");
	if (walk.is_bool && !is(first, "true") && !is(first, "false"))
		offer(RESULT, first, end, "!(%s)");
	else if (!walk.is_bool && !walk.is_pointer)
		offer(RESULT, first, end, "(%s) + 1");
}

/* type name, type *name; but not name = ..., name(...), *name = ... */
static bool is_declaration(const struct token *t)
{
	if (t->kind != IDENT)
		return false;
	return is_keyword(t) || t[1].kind == IDENT || (is(&t[1], "*") && !is(&t[2], "="));
}

static bool is_loop_macro(const struct token *t)
{
	return t->length > 8 &&
	       (!strncmp(t->at, "for_each", 8) || !strncmp(t->at, "list_for_each", 13));
}

/* Does a statement begin at @t, after what is before it? */
static bool begins_statement(const struct token *t)
{
	const struct token *before = t - 1, *open;

	if (is(before, ";") || is(before, "{") || is(before, "}") || is(before, "else") ||
	    is(before, "do"))
		return true;
	if (is(before, ":"))
		return before[-1].kind == IDENT && !is(&before[-2], "?");
	if (!is(before, ")"))
		return false;
	/* The end of if (...), or of the last argument of a call? */
	for (open = before; open > tokens && closing(open) != before; open--)
		;
	return is(&open[-1], "if") || is(&open[-1], "while") || is(&open[-1], "for") ||
	       is_loop_macro(&open[-1]);
}

/* An assertion, or something that is told to the host. */
static bool is_no_behaviour(const struct token *t)
{
	static const char *const calls[] = {
		"lockdep_assert_held", "might_sleep", "BUG_ON", "BUG", "shim_step",
		"spb_event_page", "spb_event_spb", "spb_event_zone", "spb_event_step",
		"spb_refuse", "spb_refuse_with", "shim_event",
		/* Of a kernel's files: what is told, counted for people, or checked for races. */
		"VM_BUG_ON", "VM_BUG_ON_PAGE", "VM_WARN_ON", "VM_WARN_ON_ONCE",
		"VM_WARN_ON_ONCE_PAGE", "VM_WARN_ONCE", "WARN_ON", "WARN_ON_ONCE",
		"WARN_ON_ONCE_GFP", "WARN_ONCE", "count_vm_event", "count_vm_events",
		"__count_vm_events", "__count_zid_vm_events", "count_compact_event",
		"count_compact_events", "cond_resched", "pr_warn", "pr_info", "pr_alert",
		"debug_pagealloc_map_pages",
	};

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (is(t, calls[i]) && is(&t[1], "("))
			return true;
	return false;
}

static void mutate_statement(const struct token *t)
{
	if (!begins_statement(t) || is_declaration(t) || is_loop_macro(t))
		return;
	if (is(t, "break") || is(t, "continue") || (t->kind == IDENT && !is(&t[1], ":")) ||
	    (t->kind == PUNCT && (is(t, "*") || is(t, "++") || is(t, "--") || is(t, "("))))
		offer(DROP, t, end_of_statement(t), "");
}

static void mutate_token(const struct token *t)
{
	switch (t->kind) {
	case IDENT:
		if (is(t, "if") || is(t, "while") || is(t, "for"))
			mutate_condition(t);
		else if (is(t, "return"))
			mutate_return(t);
		offer_swaps(t, names, ARRAY_SIZE(names));
		break;
	case NUMBER:
		offer(CONSTANT, t, t + 1, "(%s + 1)");
		if (*t->at != '0')
			offer(CONSTANT, t, t + 1, "(%s - 1)");
		break;
	case PUNCT:
		if (t->spaced)
			offer_swaps(t, signs, ARRAY_SIZE(signs));
		if (is(t, "!"))
			offer(NOT, t, t + 1, "");
		else if (is(t, "++") || is(t, "--"))
			offer(ARITH, t, t + 1, is(t, "++") ? "--" : "++");
		break;
	default:
		break;
	}
}

static void mutate_function(const struct token *open, const struct token *close)
{
	int depth = 0;

	for (const struct token *t = open + 1; t < close; t++) {
		if (is_no_behaviour(t))
			t = closing(t + 1) + 1;
		depth += is(t, "(") - is(t, ")");
		mutate_token(t);
		/* Between parentheses, semicolons are those of for (...). */
		if (depth == is(t, "("))
			mutate_statement(t);
	}
}

/* What is defined from @t on, up to its braces: its name and what it returns. */
static void begin(const struct token *t, const struct token *open)
{
	const struct token *name = t;

	memset(walk.count, 0, sizeof(walk.count));
	walk.is_bool = false;
	walk.is_pointer = false;
	while (name < open && !(name->kind == IDENT && (is(&name[1], "(") || is(&name[1], "[") ||
							is(&name[1], "=")))) {
		walk.is_bool |= is(name, "bool");
		walk.is_pointer |= is(name, "*");
		name++;
	}
	snprintf(walk.function, sizeof(walk.function), "%.*s", (int)name->length, name->at);
}

static void mutate_file(void)
{
	const struct token *start = tokens;

	for (const struct token *t = tokens; t->kind != END; t++) {
		if (is(t, "{")) {
			const struct token *close = closing(t);

			begin(start, t);
			if (t->first)
				mutate_function(t, close);
			else if (is(&t[-1], "="))
				for (const struct token *u = t + 1; u < close; u++)
					mutate_token(u);
			t = close;
			start = close + 1;
		} else if (is(t, ";")) {
			start = t + 1;
		}
	}
}

static bool load(const char *file)
{
	FILE *in = fopen(file, "r");
	size_t size;

	if (!in) {
		fprintf(stderr, "mutate: cannot read %s\n", file);
		return false;
	}
	size = fread(source, 1, sizeof(source) - 1, in);
	fclose(in);
	source[size] = 0;
	if (size == sizeof(source) - 1) {
		fprintf(stderr, "mutate: %s is too long\n", file);
		return false;
	}
	tokenize();
	if (nr_tokens == MAX_TOKENS - 1) {
		fprintf(stderr, "mutate: %s has too many tokens\n", file);
		return false;
	}
	walk.file = file;
	return true;
}

/* --- output --- */

static void print_replacement(const struct mutant *m)
{
	const char *hole = strstr(m->format, "%s");

	if (!hole) {
		printf("%s", m->format);
		/* Later lines keep their numbers. */
		for (const char *at = m->from; at < m->to; at++)
			if (*at == '\n')
				putchar('\n');
		return;
	}
	printf("%.*s%.*s%s", (int)(hole - m->format), m->format, (int)(m->to - m->from), m->from,
	       hole + 2);
}

static void print_file(const struct mutant *m)
{
	printf("%.*s", (int)(m->from - source), source);
	print_replacement(m);
	printf("%s", m->to);
}

static void print_lines(const struct mutant *m)
{
	const char *from = m->from, *to = m->to + strcspn(m->to, "\n");

	while (from > source && from[-1] != '\n')
		from--;
	printf("-%.*s\n+%.*s", (int)(to - from), from, (int)(m->from - from), from);
	print_replacement(m);
	printf("%.*s\n", (int)(to - m->to), m->to);
}

static int one(const char *id, void (*print)(const struct mutant *m))
{
	char file[256];

	snprintf(file, sizeof(file), "%.*s", (int)strcspn(id, ":"), id);
	if (!load(file))
		return 2;
	walk.wanted = id;
	mutate_file();
	if (!walk.found.from) {
		fprintf(stderr, "mutate: there is no mutant %s\n", id);
		return 1;
	}
	print(&walk.found);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "make"))
		return one(argv[2], print_file);
	if (argc == 3 && !strcmp(argv[1], "show"))
		return one(argv[2], print_lines);
	if (argc < 4 || strcmp(argv[1], "list")) {
		fprintf(stderr, "usage: mutate list SEED FILE... | make ID | show ID\n");
		return 2;
	}
	walk.seed = argv[2];
	for (int i = 3; i < argc; i++) {
		if (!load(argv[i]))
			return 2;
		mutate_file();
	}
	return 0;
}
