# SPDX-License-Identifier: GPL-2.0-only
from fixture import Case
from spb.ctext import csource
from spb.ctext.csource import Source, Unreadable


class Functions(Case):
    """Which functions a text defines."""

    def names(self, text):
        return [item.name for item in Source("a.c", text).functions()]

    def one(self, text):
        items = Source("a.c", text).functions()
        self.assertEqual(len(items), 1, [item.name for item in items])
        return items[0]

    def test_plain(self):
        self.assertEqual(self.names("int f(void)\n{\n\treturn 0;\n}\nint g(int a) { return a; }\n"),
                         ["f", "g"])

    def test_head_of_several_lines(self):
        item = self.one("static struct page *\nf(struct zone *zone,\n  unsigned int order)\n{\n}\n")
        self.assertEqual((item.name, item.static), ("f", True))
        self.assertEqual(item.prototype(),
                         "static struct page *f(struct zone *zone, unsigned int order)")

    def test_comments_and_strings_are_no_code(self):
        self.assertEqual(self.names('''/* int a(void) { */ // int b(void) {
/**
 * c() - { kernel-doc
 */
int f(void)
{
	const char *s = "} \\" {"; /* } */
	return '}' + '\\'' + '{'; // }
}
#define D(x) { x  /* a macro \\
  of two lines */ \\
  int e(void) {
int g(void) { return 0; }
'''), ["f", "g"])

    def test_line_ends_of_another_system(self):
        self.assertEqual(self.names("int f(void)\r\n{\r\n#define X \\\r\n  {\r\n}\r\n"), ["f"])

    def test_attributes(self):
        for text in ("static __attribute__((noinline)) int f(int a)\n{\n}\n",
                     "int f(int a) __attribute__((cold))\n{\n}\n",
                     "static bool f(struct zone *zone) __must_hold(&zone->lock)\n{\n}\n",
                     "static __printf(1, 2) void f(const char *text, ...)\n{\n}\n",
                     "static noinline __maybe_unused int\nf(int a __maybe_unused)\n{\n}\n",
                     "void f(struct list_head *list)\n\t__acquires(lock) __releases(lock)\n{\n}\n"):
            self.assertEqual(self.one(text).name, "f", text)

    def test_own_underscores_are_no_attribute(self):
        self.assertEqual(self.names("struct page *__rmqueue(struct zone *zone)\n{\n}\n"),
                         ["__rmqueue"])

    def test_what_is_none(self):
        self.assertEqual(self.names('''struct a { int (*call)(int x); };
enum { ONE, TWO };
static const struct a table[] = { { f }, { g } };
struct __attribute__((packed)) b { int c; };
int h(int x);
static int (*pointer)(int) = f;
typedef bool (*test)(int x);
union u { int a; } u = { .a = 1 };
'''), [])

    def test_parameter_that_is_a_function(self):
        self.assertEqual(self.one("static int f(bool (*wanted)(int x), int arg)\n{\n}\n").name, "f")

    def test_static_inline_in_a_header(self):
        source = Source("a.h", "/* x */\n#ifndef A_H\n#define A_H\n"
                               "static inline int f(int a)\n{\n}\n#endif\n")
        self.assertFalse(source.functions()[0].conditional)

    def test_branches(self):
        source = Source("a.c", "#ifdef A\nint f(void) { if (x) { }\n}\n"
                               "#else\nint f(void) { }\n#endif\n"
                               "int g(void)\n{\n#ifdef B\n\tif (b) {\n"
                               "#else\n\tif (c) {\n#endif\n\t}\n}\n")
        self.assertEqual([(item.name, item.conditional) for item in source.functions()],
                         [("f", True), ("f", True), ("g", False)])

    def test_head_in_branches(self):
        source = Source("a.c", "#ifdef A\nint f(int a)\n#else\nint f(long a)\n#endif\n{\n}\n")
        self.assertEqual([item.conditional for item in source.functions()], [True])

    def test_prototypes(self):
        items = Source("a.c", "static bool f(struct zone *zone);\n"
                              "int g(void) { return f(0); }\n").items
        self.assertEqual([(item.kind, item.name, item.static) for item in items],
                         [("prototype", "f", True), ("function", "g", False)])

    def test_macros(self):
        source = Source("a.c", "#define A 1\n# define B(x) x\n#define C\n#undef C\n")
        self.assertEqual(sorted(source.macros), ["A", "B"])

    def test_lines(self):
        source = Source("a.c", "/*\n */\n\nint f(void)\n{\n}\n")
        item = source.functions()[0]
        self.assertEqual([source.line(item.start), source.line(item.end)], [4, 6])

    def test_unreadable(self):
        for text, why in (("int f(void)\n{\n\tif (a) {\n}\n", "a.c:2: this brace is never closed"),
                          ("}\n", "a.c:1: a closing brace too many"),
                          ("int a;\n/* open\n", "a.c:2: a comment without an end"),
                          ("#if 1\nint a;\n", "an #if without"),
                          ("#endif\n", "a.c:1: #endif without"),
                          ("DEFINE_CALL(f)\n{\n}\n", "a.c:1: no head of a function")):
            with self.assertRaisesRegex(Unreadable, why):
                Source("a.c", text)


class Signatures(Case):
    """Whether two heads say the same to their callers."""
    TYPEDEFS = ("typedef unsigned int u32;\ntypedef u32 gfp_t;\n"
                "typedef struct list { int a; } list_t;\n")

    def signature(self, head):
        typedefs = csource.typedefs_of([Source("t.h", self.TYPEDEFS)])
        return csource.signature(Source("a.c", head + "\n{\n}\n").functions()[0], typedefs)

    def test_alike(self):
        for one, other in (
                ("static int f(int a)", "int f(int b)"),
                ("int f(u32 pfn)", "__always_inline int f(unsigned pfn)"),
                ("int f(gfp_t gfp)", "int f(unsigned int gfp)"),
                ("int f(list_t *a)", "int f(struct list *a)"),
                ("int f(const struct zone *zone)", "int f(struct zone const *zone)"),
                ("int f(struct page **pages)", "int f(struct page *pages[])"),
                ("int f(unsigned long n)", "int f(unsigned long int n)"),
                ("int f(bool (*wanted)(int), int arg)", "int f(bool (*test)(int), int arg)"),
                ("bool f(void)", "_Bool f()"),
                ("int f(int a __maybe_unused)", "int f(int a)")):
            self.assertEqual(self.signature(one), self.signature(other), (one, other))

    def test_unlike(self):
        for one, other in (
                ("int f(int a)", "int f(int a, int b)"),
                ("int f(int a)", "long f(int a)"),
                ("int f(struct zone *zone)", "int f(const struct zone *zone)"),
                ("int f(struct zone *zone)", "int f(struct page *page)"),
                ("int f(unsigned long pfn)", "int f(u32 pfn)"),
                ("int *f(void)", "int f(void)")):
            self.assertNotEqual(self.signature(one), self.signature(other), (one, other))
