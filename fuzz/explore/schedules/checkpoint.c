// SPDX-License-Identifier: GPL-2.0-only
/* What an interrupted run has done: see session.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/explore/pool/key.h"
#include "fuzz/explore/schedules/session.h"

struct head {
	uint64_t key;
	uint32_t nr_jobs, nr_done;
	double seconds;
};

/* Of this program, states, letters, and how they are explored. */
static uint64_t key_of(const struct session *session)
{
	const struct cases *cases = session->cases;
	uint64_t key = key_of_program();
	uint8_t bytes[MAX_BYTES];

	for (unsigned int i = 0; i < cases->nr_jobs; i++) {
		const struct job *job = &cases->job[i];
		unsigned int first;

		key = key_add(key, bytes, cases_bytes(cases, job, bytes, &first));
		key = key_add(key, &job->bound, sizeof(job->bound));
	}
	return key ^ session->prune;
}

static const char *path_of(const struct session *session, uint64_t key)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%016" PRIx64 ".schedules", session->checkpoint, key);
	return path;
}

static bool read_all(struct session *session, FILE *from, uint64_t key)
{
	struct head head;

	if (fread(&head, sizeof(head), 1, from) != 1 || head.key != key ||
	    head.nr_jobs != session->cases->nr_jobs || head.nr_done > head.nr_jobs)
		return false;
	for (uint32_t i = 0; i < head.nr_done; i++) {
		uint32_t n;

		if (fread(&n, sizeof(n), 1, from) != 1 || n >= head.nr_jobs ||
		    fread(&session->result[n], sizeof(*session->result), 1, from) != 1)
			return false;
	}
	session->seconds = head.seconds;
	return fgetc(from) == EOF;
}

bool checkpoint_load(struct session *session)
{
	uint64_t key = key_of(session);
	const char *path = path_of(session, key);
	FILE *from = fopen(path, "r");
	bool good;

	if (!from)
		return false;
	good = read_all(session, from, key);
	fclose(from);
	if (!good) {
		fprintf(stderr, "schedules: %s is damaged: starting anew\n", path);
		memset(session->result, 0, session->cases->nr_jobs * sizeof(*session->result));
	}
	return good;
}

static bool write_all(const struct session *session, uint64_t key, FILE *to)
{
	struct head head = {
		.key = key, .nr_jobs = session->cases->nr_jobs, .seconds = session->seconds,
	};

	for (uint32_t i = 0; i < head.nr_jobs; i++)
		head.nr_done += session->result[i].done;
	if (fwrite(&head, sizeof(head), 1, to) != 1)
		return false;
	for (uint32_t i = 0; i < head.nr_jobs; i++)
		if (session->result[i].done &&
		    (fwrite(&i, sizeof(i), 1, to) != 1 ||
		     fwrite(&session->result[i], sizeof(*session->result), 1, to) != 1))
			return false;
	return !fflush(to) && !fsync(fileno(to));
}

bool checkpoint_save(const struct session *session)
{
	uint64_t key = key_of(session);
	const char *path = path_of(session, key);
	char fresh[520];
	FILE *to;
	bool good;

	snprintf(fresh, sizeof(fresh), "%s.new", path);
	to = fopen(fresh, "w");
	good = to && write_all(session, key, to);
	if (to && fclose(to))
		good = false;
	if (good && !rename(fresh, path))
		return true;
	fprintf(stderr, "schedules: %s: ", fresh);
	perror("cannot be written");
	unlink(fresh);
	return false;
}

void checkpoint_remove(const struct session *session)
{
	unlink(path_of(session, key_of(session)));
}
