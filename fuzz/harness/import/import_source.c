// SPDX-License-Identifier: GPL-2.0-only
/* The importer's input: a file or the standard input, plain or xz. */
#include "fuzz/harness/import/import_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lzma.h>

struct import_source {
	FILE *file;
	bool packed;
	bool ended;
	const char *trouble;
	lzma_stream stream;
	size_t held; /* bytes of @in that were read and not given out; plain files only */
	uint8_t in[1 << 16];
};

static const uint8_t xz_magic[6] = { 0xfd, '7', 'z', 'X', 'Z', 0 };

static bool fill(struct import_source *source)
{
	size_t got = fread(source->in, 1, sizeof(source->in), source->file);

	if (!got && ferror(source->file))
		source->trouble = "reading failed";
	source->stream.next_in = source->in;
	source->stream.avail_in = got;
	source->held = got;
	return got;
}

struct import_source *import_source_open(const char *path, const char **error)
{
	struct import_source *source = calloc(1, sizeof(*source));

	if (!source) {
		*error = "out of memory";
		return NULL;
	}
	source->file = strcmp(path, "-") ? fopen(path, "rb") : stdin;
	if (!source->file) {
		*error = strerror(errno);
		free(source);
		return NULL;
	}
	source->stream = (lzma_stream)LZMA_STREAM_INIT;
	errno = 0;
	if (!fill(source)) {
		*error = errno ? strerror(errno) : "the file is empty";
		import_source_close(source);
		return NULL;
	}
	source->packed = source->held >= sizeof(xz_magic) &&
			 !memcmp(source->in, xz_magic, sizeof(xz_magic));
	if (source->packed &&
	    lzma_stream_decoder(&source->stream, UINT64_MAX, LZMA_CONCATENATED) != LZMA_OK) {
		*error = "the xz decoder does not start";
		import_source_close(source);
		return NULL;
	}
	return source;
}

static size_t read_plain(struct import_source *source, char *to, size_t size)
{
	if (!source->held && !fill(source))
		return 0;
	if (size > source->held)
		size = source->held;
	memcpy(to, source->stream.next_in, size);
	source->stream.next_in += size;
	source->held -= size;
	return size;
}

static size_t read_packed(struct import_source *source, char *to, size_t size)
{
	lzma_stream *stream = &source->stream;
	lzma_action action = LZMA_RUN;
	lzma_ret ret;

	stream->next_out = (uint8_t *)to;
	stream->avail_out = size;
	while (stream->avail_out == size && !source->ended) {
		if (!stream->avail_in && !fill(source))
			action = LZMA_FINISH;
		ret = lzma_code(stream, action);
		source->ended = ret != LZMA_OK;
		if (ret == LZMA_BUF_ERROR && !source->trouble)
			source->trouble = "the xz file ends too early";
		else if (ret != LZMA_OK && ret != LZMA_STREAM_END && !source->trouble)
			source->trouble = "the xz file is corrupt";
	}
	return size - stream->avail_out;
}

size_t import_source_read(struct import_source *source, char *to, size_t size)
{
	return source->packed ? read_packed(source, to, size) : read_plain(source, to, size);
}

const char *import_source_trouble(const struct import_source *source)
{
	return source->trouble;
}

void import_source_close(struct import_source *source)
{
	lzma_end(&source->stream);
	if (source->file != stdin)
		fclose(source->file);
	free(source);
}
