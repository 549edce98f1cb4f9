/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the lines of the log to moments: what the state was at each, and what happened since the
 * one before. Nothing here draws.
 */

/* Members of a state line that are no part of the state. */
const LINE_WORDS = new Set(["t", "at", "step", "cpu"]);

function stateOf(line) {
	const state = {};
	for (const name of Object.keys(line))
		if (!LINE_WORDS.has(name))
			state[name] = line[name];
	return state;
}

/* A schedule that is measured first runs twice: the last beginning counts. */
function momentsOf(log) {
	const moments = [];
	let since = [];
	let state = {};
	log.slice(log.map((line) => line.t).lastIndexOf("begin") + 1).forEach((line) => {
		if (line.t !== "state") {
			since.push(line);
			return;
		}
		const changed = stateOf(line);
		const idle = !since.some((entry) => entry.t !== "lock") && !Object.keys(changed).length;
		if (idle && moments.length)
			return;
		state = Object.assign({}, state, changed);
		moments.push({ at: line.at, step: line.step, cpu: line.cpu, state, since,
			changed: moments.length ? changed : {} });
		since = [];
	});
	/* A program that died has told what it began, and not how it ended. */
	if (since.some((line) => line.t === "op")) {
		const op = since.filter((line) => line.t === "op").pop();
		moments.push({ at: "death", step: op.step, cpu: op.cpu, state, since, changed: {} });
	}
	return moments;
}

/* The records in the order of their numbers, as they ran. */
function stepsOf(log) {
	const steps = new Map();
	for (const line of log)
		if (line.t === "op" && !(line.irq && steps.has(line.step)))
			steps.set(line.step, line);
	return [...steps.values()].sort((a, b) => a.step - b.step);
}

const FREE = 0, PCP = 1, UNMOVABLE = 2, RECLAIMABLE = 3, MOVABLE = 4, HELD = 5, NONE = 6;
const LABEL_MASK = 7, ISOLATED = 8, HAS_U = 16, HAS_R = 32, HAS_M = 64, ALL_FREE = 128,
	RESERVED = 256;
const CATEGORIES = ["clean", "tainted", "empty", "held as a whole"];
const FULLNESS = ["full", "75 %", "50 %", "25 %", "< 25 %"];
const SPB_COUNTERS = ["zone", "first pageblock", "pageblocks", "category", "fullness", "free",
	"unmovable", "reclaimable", "movable", "reserved", "free pages", "contiguous", "defrag"];
const ZONE_COUNTERS = ["first page", "pages", "free", "free cma", "free highatomic",
	"reserved highatomic", "isolated pageblocks", "tainted", "min", "low", "high"];

/* One pageblock as people look at it. */
function blockOf(state, number) {
	const pages = state["b" + number];
	const flags = state["l" + number];
	if (!pages)
		return null;
	const total = pages.slice(0, NONE).reduce((a, b) => a + b, 0);
	const block = { number, pages, flags, total, kinds: [], letter: "", label: null };
	const has = (kind, bit) => pages[kind] > 0 || (flags !== undefined && flags & bit);
	if (has(UNMOVABLE, HAS_U))
		block.kinds.push("U");
	if (has(RECLAIMABLE, HAS_R))
		block.kinds.push("R");
	if (has(MOVABLE, HAS_M))
		block.kinds.push("M");
	if (pages[HELD])
		block.kinds.push("C");
	block.letter = block.kinds.length > 1 ? "X" : block.kinds[0] || "";
	if (flags !== undefined) {
		block.label = flags & LABEL_MASK;
		block.isolated = !!(flags & ISOLATED);
		block.reserved = !!(flags & RESERVED);
		block.allFree = !!(flags & ALL_FREE);
	}
	/* Content under another label: it was borrowed, or stayed when the label changed. */
	const own = ["U", "M", "R"][block.label];
	block.foreign = own !== undefined && block.kinds.some((kind) => "URM".includes(kind) && kind !== own);
	return block;
}

/* Rows of the map: superpageblocks, or zones where there are none. */
function rowsOf(state, { block, base }) {
	const rows = [];
	const names = (letter) => Object.keys(state).filter((name) => name[0] === letter)
		.map((name) => +name.slice(1)).sort((a, b) => a - b);
	for (const number of names("s")) {
		const s = state["s" + number];
		rows.push({ key: "s" + number, number, title: "superpageblock " + number,
			what: CATEGORIES[s[3]] + (s[3] < 2 ? " " + FULLNESS[s[4]] : ""), zone: s[0],
			first: s[1], nr: s[2], counters: s });
	}
	if (rows.length)
		return rows;
	const all = names("b");
	for (const number of names("f")) {
		const [, , , start, end] = state["f" + number];
		rows.push({ key: "f" + number, number, title: "zone " + number, what: "", zone: number,
			first: Math.floor((start - base) / block),
			nr: Math.ceil((end - base) / block) - Math.floor((start - base) / block), counters: null });
	}
	return rows.length ? rows : [{ key: "", number: 0, title: "memory", what: "", zone: 0,
		first: 0, nr: all.length, counters: null }];
}

/* What differs between two states, in words: [name, before, after]. */
function differences(before, after, changed, data) {
	const found = [];
	const compare = (title, words, a, b) => words.forEach((word, i) => {
		if (a && b && a[i] !== b[i] && typeof b[i] === "number")
			found.push([title + " " + word, word === "category" ? CATEGORIES[a[i]] : word === "fullness" ?
				FULLNESS[a[i]] : a[i], word === "category" ? CATEGORIES[b[i]] :
				word === "fullness" ? FULLNESS[b[i]] : b[i]]);
	});
	for (const name of Object.keys(changed).sort((a, b) => a[0].localeCompare(b[0]) || a.slice(1) - b.slice(1))) {
		const number = name.slice(1);
		if (name[0] === "s")
			compare("superpageblock " + number, SPB_COUNTERS, before[name], after[name]);
		if (name[0] === "z") {
			compare("zone " + number, ZONE_COUNTERS, before[name], after[name]);
			compare("zone " + number + " per-CPU pages of CPU", ["0", "1", "2", "3"],
				before[name] && before[name][11], after[name][11]);
		}
		if (name[0] === "f")
			compare("zone " + number, ["", "pages on free lists", "per-CPU pages"], before[name], after[name]);
		if (name[0] === "l") {
			const a = before[name] & LABEL_MASK, b = after[name] & LABEL_MASK;
			if (a !== b)
				found.push(["pageblock " + number + " label", data.types[a], data.types[b]]);
			if ((before[name] ^ after[name]) & ISOLATED)
				found.push(["pageblock " + number, before[name] & ISOLATED ? "isolated" : "in use",
					after[name] & ISOLATED ? "isolated" : "in use"]);
		}
	}
	return found;
}

/* The circle of an endless walk, as the report draws it. */
function circleOf(report) {
	const match = /the walk runs in a circle of (\d+):\n((?:    .*\n)*)/.exec(report);
	return match ? { length: +match[1], entries: match[2].trimEnd().split("\n").map((line) => line.trim()) } : null;
}

/* The two accesses of a race, as its sentence names them. */
function accessesOf(finding) {
	const access = "((?:plain|announced) (?:read|write)) in ([\\w?.]+)\\(\\)";
	const match = finding && new RegExp("^(.*): " + access + "( in an interrupt)?, nothing orders it after the " +
		access + " by CPU (\\d+)( in an interrupt)?, (\\S+) of step (\\d+)").exec(finding.message);
	if (match)
		return { field: match[1], accesses: [
			{ what: match[5], fn: match[6], cpu: +match[7], step: +match[10] },
			{ what: match[2], fn: match[3], cpu: finding.cpu, step: finding.step, last: true }] };
	const alone = finding && new RegExp("^(.*): " + access + " without the (.*) lock").exec(finding.message);
	return alone ? { field: alone[1], accesses: [{ what: alone[2] + " without the " + alone[4] + " lock", fn: alone[3],
		cpu: finding.cpu, step: finding.step, last: true }] } : null;
}
