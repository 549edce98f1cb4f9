/* SPDX-License-Identifier: GPL-2.0-only */
/* Draws moments. Whatever comes from a program goes into the page as text. */
window.addEventListener("error", (event) => {
	document.documentElement.dataset.error = event.message;
});

const data = JSON.parse(document.getElementById("data").textContent);
const moments = momentsOf(data.log);
const steps = stepsOf(data.log);
const finding = data.log.find((line) => line.t === "finding") ||
	(data.died ? { rule: data.died.rule, message: data.died.message, signature: data.died.rule,
		step: moments.length ? moments[moments.length - 1].step : 0, spbs: [] } : null);
const beginning = data.log.filter((line) => line.t === "begin").pop() || { block: 1, base: 0 };
const brokenAt = finding ? moments.length - 1 : -1;
const SWITCHES = ["is left", "waits for a lock", "is done", "is interrupted", "goes on after the interrupt"];
let now = 0;

const byId = (id) => document.getElementById(id);

function h(tag, attributes, ...children) {
	const made = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {}))
		if (value !== undefined && value !== false)
			made.setAttribute(name, value);
	made.append(...children.filter((child) => child !== null && child !== undefined));
	return made;
}

function svg(tag, attributes, ...children) {
	const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
	for (const [name, value] of Object.entries(attributes || {}))
		made.setAttribute(name, value);
	made.append(...children);
	return made;
}

function fill(id, ...children) {
	const shown = children.filter((child) => child !== null);
	byId(id).querySelector("div, ol, pre").replaceChildren(...shown);
	byId(id).hidden = !shown.length;
}

/* --- what does not change from moment to moment --- */

function head() {
	const name = finding ? finding.signature : "no finding";
	document.title = name + " - spbfuzz";
	byId("title").textContent = name;
	byId("title").className = finding ? "bad" : "good";
	byId("message").textContent = finding ? finding.message : "The program runs to its end.";
	byId("origin").textContent = [data.file, "target " + data.target, data.allocator, data.about]
		.filter((word) => word).join(" · ");
	byId("broken").hidden = brokenAt < 0;
	byId("slider").max = Math.max(0, moments.length - 1);
}

function program() {
	byId("steps").replaceChildren(...steps.map((step) => {
		const item = h("li", { "data-step": step.step, tabindex: -1 },
			h("span", { class: "n" }, String(step.step)),
			h("span", { class: "cpu cpu" + step.cpu }, "cpu" + step.cpu),
			h("span", {}, step.text));
		item.classList.toggle("broken", !!finding && finding.step === step.step);
		item.addEventListener("click", () => show(lastMomentOf(step.step)));
		return item;
	}));
}

function lastMomentOf(step) {
	for (let i = moments.length - 1; i >= 0; i--)
		if (moments[i].step === step && moments[i].at !== "begin")
			return i;
	return 0;
}

function rule() {
	if (!finding)
		return;
	const rows = [["rule", finding.rule + (finding.meaning ? ": " + finding.meaning : "")],
		["source", finding.source], ["group", finding.group],
		["seen at", finding.op && "step " + finding.step + ", " + finding.op + ", on CPU " + finding.cpu],
		["in", finding.function], ["witness", finding.message],
		["nearest to the cause", finding.cause && finding.cause !== finding.rule ?
			finding.cause + ": " + finding.causeMeaning : ""]];
	fill("rule", h("dl", {}, ...rows.filter((row) => row[1]).flatMap((row) =>
		[h("dt", {}, row[0]), h("dd", {}, row[1])])));
	fill("report", data.report || "");
}

function circle() {
	const found = finding && circleOf(data.report || "");
	if (!found)
		return;
	const nr = found.entries.length, radius = Math.max(110, nr * 19), side = 2 * radius + 90;
	const drawing = svg("svg", { width: side + 300, height: side, role: "img" });
	found.entries.forEach((entry, i) => {
		const angle = 2 * Math.PI * i / nr - Math.PI / 2, next = 2 * Math.PI * (i + 1) / nr - Math.PI / 2;
		const x = (a) => side / 2 + 120 + radius * Math.cos(a), y = (a) => side / 2 + radius * Math.sin(a);
		const gap = 0.16;
		const headNode = entry.endsWith("a head");
		drawing.append(svg("path", { d: `M ${x(angle + gap)} ${y(angle + gap)} A ${radius} ${radius} 0 0 1 ${x(next - gap)} ${y(next - gap)}`,
			fill: "none", stroke: "var(--quiet)", "stroke-width": 2, "marker-end": "url(#arrow)" }));
		drawing.append(svg("circle", { cx: x(angle), cy: y(angle), r: headNode ? 9 : 7,
			fill: headNode ? "var(--bad)" : "var(--accent)" }));
		const right = Math.cos(angle) >= -0.01;
		const label = svg("text", { x: x(angle) + (right ? 14 : -14), y: y(angle) + (Math.abs(Math.cos(angle)) < 0.2 ? (Math.sin(angle) < 0 ? -14 : 20) : 4),
			"text-anchor": Math.abs(Math.cos(angle)) < 0.2 ? "middle" : right ? "start" : "end" });
		label.textContent = entry;
		drawing.append(label);
	});
	drawing.prepend(svg("defs", {}, svg("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 6, refY: 4,
		markerWidth: 6, markerHeight: 6, orient: "auto" }, svg("path", { d: "M0 0 L8 4 L0 8 z", fill: "var(--quiet)" }))));
	fill("circle", h("p", {}, "The entries that the walk reads one after the other, for ever" +
		(found.length > nr ? "; " + (found.length - nr) + " more are left out" : "") +
		". It ends at the head that it began with: one in red is another list's."), drawing);
}

/* --- CPUs --- */

const LANE = 92, LEFT = 70;
/* Of each thing that happened: all of a short program fits. */
let column = 24;

/* The part of the log that lanes show, one column each. */
function laneLines() {
	const shown = moments.flatMap((moment, number) =>
		moment.since.filter((line) => line.t !== "finding").map((line) => ({ line, number })));
	const first = shown.findIndex((entry) => entry.line.t === "sw" && entry.line.kind !== 2);
	/* From the operation before the first switch on. */
	let from = Math.max(0, first);
	while (from > 0 && first - from < 60 && !(shown[from].line.t === "op" && first - from > 0))
		from--;
	return first < 0 ? [] : shown.slice(Math.max(from, shown.length - 600));
}

function lanes() {
	const lines = laneLines();
	if (!lines.length)
		return;
	column = Math.min(24, Math.max(12, 900 / (lines.length + 6)));
	const cpus = Math.max(...lines.map(({ line }) => Math.max(line.cpu || 0, line.from || 0, line.to || 0))) + 1;
	const races = accessesOf(finding);
	const width = LEFT + (lines.length + 14) * column, height = cpus * LANE + 20;
	const drawing = svg("svg", { width, height, role: "img" });
	const y = (cpu) => cpu * LANE + 46, x = (i) => LEFT + i * column;
	for (let cpu = 0; cpu < cpus; cpu++) {
		drawing.append(svg("line", { x1: LEFT, x2: width, y1: y(cpu), y2: y(cpu), stroke: "var(--line)" }));
		const name = svg("text", { x: 4, y: y(cpu) + 4, "font-weight": 700, style: `fill: var(--cpu${cpu})` });
		name.textContent = "CPU " + cpu;
		drawing.append(name);
	}
	drawing.append(...spans(lines, x, y), ...switches(lines, x, y), ...accessMarks(races, lines, x, y));
	lines.forEach(({ number }, i) => {
		const hit = svg("rect", { x: x(i), y: 0, width: column, height, fill: "transparent",
			"data-moment": number });
		hit.addEventListener("click", () => show(number));
		drawing.append(hit);
	});
	fill("lanes", drawing);
	byId("lanes-legend").textContent = "Time runs to the right, a column for each thing that happened. " +
		"Thick: the CPU runs; bars below: locks that it holds; lines between: one CPU is left for another" +
		(races ? "; diamonds: " + races.field + " is accessed." : ".");
}

/* A word that must not run into the next one: the whole is in its title. */
function word(text, x, y, room, attributes) {
	const fits = Math.max(1, Math.floor(room / 6));
	const made = svg("text", { x, y, ...attributes });
	const title = svg("title");
	title.textContent = text;
	made.append(text.length > fits ? text.slice(0, fits - 1) + "…" : text, title);
	return made;
}

/* Columns until the same CPU begins another operation. */
function roomOf(lines, i) {
	const next = lines.findIndex(({ line }, k) => k > i && line.t === "op" && line.cpu === lines[i].line.cpu);
	return ((next < 0 ? lines.length + 10 : next) - i) * column - 6;
}

/* Who runs, and which locks are held meanwhile. */
function spans(lines, x, y) {
	const drawn = [], held = new Map();
	const bar = (cpu, from, to, [kind, fn, place], level) => {
		const width = Math.max(4, x(to) - x(from) - 2), top = y(cpu) + 8 + level * 14;
		const title = svg("title");
		title.textContent = kind + " lock (" + place + "), taken in " + fn + "()";
		drawn.push(svg("rect", { x: x(from), y: top, width, height: 12, rx: 3, fill: `var(--cpu${cpu})`, opacity: .28 }, title),
			word(kind + (fn ? " of " + fn + "()" : ""), x(from) + 3, top + 9.5, width, { style: "font-size: 9.5px" }));
	};
	let running = null;
	lines.forEach(({ line }, i) => {
		const cpu = line.t === "sw" ? line.from : line.cpu;
		drawn.push(svg("line", { x1: x(i), x2: x(i + 1), y1: y(cpu), y2: y(cpu), stroke: `var(--cpu${cpu})`, "stroke-width": 5 }));
		running = line.t === "sw" ? line.to : line.cpu;
		if (line.t === "op")
			drawn.push(word(line.step + " " + line.text, x(i), y(cpu) - 9, roomOf(lines, i), { "font-weight": 600 }));
		if (line.t !== "lock")
			return;
		const key = line.cpu + "." + line.irq, old = held.get(key) || [];
		const same = (a, b) => a[0] === b[0] && a[2] === b[2];
		old.filter((was) => !line.held.some((is) => same(is, was.entry)))
			.forEach((was) => bar(line.cpu, was.from, i, was.entry, was.level));
		held.set(key, line.held.map((is, level) => old.find((was) => same(is, was.entry)) ||
			{ entry: is, from: i, level: Math.min(level, 2) }));
	});
	held.forEach((list, key) => list.forEach((was) => bar(+key.split(".")[0], was.from, lines.length, was.entry, was.level)));
	if (finding && running !== null)
		drawn.push(...theEnd(x(lines.length), x(lines.length + 2), y(finding.cpu === undefined ? running : finding.cpu)));
	return drawn;
}

/* Where the rule was seen to be broken. */
function theEnd(from, to, y) {
	return [svg("line", { x1: from, x2: to, y1: y, y2: y, stroke: "var(--bad)", "stroke-width": 5 }),
		svg("line", { x1: to, x2: to, y1: y - 18, y2: y + 18, stroke: "var(--bad)", "stroke-width": 2 }),
		word(finding.rule, to + 5, y - 8, 200, { style: "fill: var(--bad)", "font-weight": 700 })];
}

function switches(lines, x, y) {
	const drawn = [];
	lines.forEach(({ line }, i) => {
		if (line.t !== "sw")
			return;
		const text = "CPU " + line.from + " " + SWITCHES[line.kind] + (line.fn ? " in " + line.fn + "()" : "") +
			(line.kind === 2 ? "" : ", step " + line.step + " point " + line.point);
		const title = svg("title");
		title.textContent = text;
		if (line.from !== line.to)
			drawn.push(svg("path", { d: `M ${x(i) + 8} ${y(line.from)} L ${x(i + 1)} ${y(line.to)}`, fill: "none",
				stroke: line.kind === 1 ? "var(--r)" : "var(--quiet)", "stroke-width": 1.5, "stroke-dasharray": line.kind === 2 ? "2 3" : "none" }, title));
		if (line.kind !== 2 && line.fn) {
			drawn.push(word(line.fn + "()", x(i) + 4, y(line.from) - 22, 230, { class: "quiet", style: "font-size: 10px" }));
		}
	});
	return drawn;
}

/* The later access is where the program ended; the earlier one in what its step did last. */
function accessMarks(races, lines, x, y) {
	return (races ? races.accesses : []).flatMap((access) => {
		let at = lines.length;
		if (!access.last)
			for (let i = lines.length - 1; i >= 0; i--) {
				const { line } = lines[i];
				const cpu = line.t === "sw" ? line.from : line.cpu;
				if (cpu === access.cpu && (line.step === access.step || line.step === undefined)) {
					at = i;
					break;
				}
			}
		const cx = x(at) + 12, cy = y(access.cpu);
		return [svg("path", { d: `M ${cx} ${cy - 8} l 8 8 l -8 8 l -8 -8 z`, fill: "var(--bad)", stroke: "var(--card)" }),
			word(access.what + " in " + access.fn + "()", cx - 4, cy - (access.last ? -44 : 34), 400,
				{ style: "fill: var(--bad)", "font-weight": 700 })];
	});
}

/* --- one moment --- */

function drawBlock(state, number, changed) {
	const block = blockOf(state, number);
	if (!block)
		return h("div", { class: "block outside", title: "pageblock " + number });
	const made = h("div", { class: "block" });
	const kinds = [["ku", UNMOVABLE], ["kr", RECLAIMABLE], ["km", MOVABLE], ["ko", HELD], ["kp", PCP]];
	const size = block.total || 1;
	let bottom = 0;
	for (const [name, kind] of kinds) {
		const height = 100 * block.pages[kind] / size;
		if (!height)
			continue;
		const bar = h("i", { class: name });
		bar.style.height = Math.max(height, 8) + "%";
		bar.style.bottom = bottom + "%";
		bottom += height;
		made.append(bar);
	}
	made.append(h("span", {}, block.letter || (block.reserved || !block.total ? "#" : "")));
	made.classList.toggle("used", bottom >= 45 && !!block.letter);
	made.classList.toggle("changed", changed);
	made.classList.toggle("foreign", block.foreign);
	made.classList.toggle("isolated", !!block.isolated);
	made.classList.toggle("outside", !block.total);
	const pages = block.pages;
	made.title = "pageblock " + number + (block.label === null ? "" : ", label " + data.types[block.label]) +
		(block.isolated ? ", isolated" : "") + (block.foreign ? ", content of another type (borrowed)" : "") +
		`\npages: free ${pages[FREE]}, per-CPU ${pages[PCP]}, unmovable ${pages[UNMOVABLE]}, reclaimable ` +
		`${pages[RECLAIMABLE]}, movable ${pages[MOVABLE]}` + (pages[HELD] ? `, held ${pages[HELD]}` : "");
	return made;
}

function drawMap(moment, before) {
	const isChanged = (name) => name in moment.changed;
	fill("map", ...rowsOf(moment.state, beginning).map((row) => {
		const numbers = Array.from({ length: row.nr }, (_, i) => row.first + i);
		const changed = numbers.filter((n) => isChanged("b" + n) || isChanged("l" + n));
		const counters = row.counters;
		const cells = h("div", { class: "blocks" }, ...numbers.map((n) => drawBlock(moment.state, n, changed.includes(n))));
		const right = h("div", {}, cells);
		if (changed.length && before && (now === brokenAt || now === brokenAt - 1)) {
			cells.classList.add("now");
			right.append(h("div", { class: "blocks was" }, ...numbers.map((n) => drawBlock(before, n, false))));
		}
		const made = h("div", { class: "row" }, h("div", { class: "name" }, h("b", {}, row.title), " " + row.what,
			h("span", { class: "quiet" }, counters ? `zone ${row.zone}: free ${counters[5]}, U ${counters[6]}, R ${counters[7]}, ` +
				`M ${counters[8]}, pages ${counters[10]}` : `${row.nr} pageblocks`)), right);
		made.classList.toggle("involved", !!finding && now >= brokenAt && (finding.spbs || []).includes(row.number) && !!counters);
		return made;
	}));
}

function flagsOf(mask) {
	const names = [];
	for (let bit = 0; bit < 24; bit++)
		if (mask >>> bit & 1)
			names.push(data.gfp[bit]);
	return names;
}

function allocFlagsOf(mask) {
	return ["ALLOC_WMARK_" + (["MIN", "LOW", "HIGH"][mask & 3] || "?")]
		.concat(data.allocFlags.filter(([, bit]) => mask & bit).map(([name]) => name));
}

function drawRequest(moment) {
	const op = steps.find((step) => step.step === moment.step);
	if (!op || moment.at === "begin") {
		fill("request");
		return;
	}
	const walks = moment.since.filter((line) => line.t === "ev" && line.step === moment.step && data.events[line.n][0] === "walk" && line.arg === 0);
	const code = (name) => h("code", {}, name);
	const parts = [h("p", {}, h("span", { class: "cpu cpu" + op.cpu }, "CPU " + op.cpu), " ", op.text)];
	if (op.gfp && /gfp/.test(op.text))
		parts.push(h("p", { class: "flags" }, h("span", { class: "quiet" }, "gfp "), ...flagsOf(op.gfp).map(code)));
	walks.slice(0, 6).forEach((walk, i) => parts.push(h("p", { class: "flags" },
		h("span", { class: "quiet" }, "search " + (i + 1) + " "), ...allocFlagsOf(walk.arg2).map(code))));
	fill("request", ...parts);
}

/* What the search of this moment did, step by step. */
function drawLadder(moment) {
	const told = moment.since.filter((line) => line.t === "ev" && line.step === moment.step);
	const name = (line) => data.events[line.n][0];
	const asked = told.filter((line) => ["alloc", "pcp-get", "refuse", "relax", "wake"].includes(name(line)));
	const missed = finding && now === brokenAt && finding.as === "search-order" ? finding.function : null;
	if (!asked.length && !missed) {
		fill("ladder");
		return;
	}
	const list = data.steps.map(([step, meaning], number) => {
		const served = asked.filter((line) => ["alloc", "pcp-get"].includes(name(line)) && line.st === number);
		if (step === missed)
			return h("li", { class: "should" }, h("span", {}, "✗"), h("span", {}, step), h("span", {}, "should have served: " + meaning));
		if (served.length)
			return h("li", { class: "taken" }, h("span", {}, "✓"), h("span", {}, step), h("span", {}, meaning +
				": page " + served[0].pfn + (served.length > 1 ? " and " + (served.length - 1) + " more" : "") +
				(served[0].spb !== undefined ? ", superpageblock " + served[0].spb : "")));
		return h("li", { class: "idle" }, h("span", {}, "·"), h("span", {}, step), h("span", {}, meaning));
	});
	const refused = asked.filter((line) => name(line) === "refuse" || name(line) === "relax").slice(0, 12).map((line) => {
		const [word, meaning] = (name(line) === "refuse" ? data.refusals : data.relaxes)[line.arg] || ["?", ""];
		return h("li", { class: "refused" }, h("span", {}, name(line) === "refuse" ? "–" : "↻"), h("span", {}, word),
			h("span", {}, meaning + (name(line) === "refuse" ? ", zone " + line.zone : "")));
	});
	fill("ladder", h("ul", { class: "ladder" }, ...list), refused.length ? h("p", { class: "quiet" }, "Refused on the way") : null,
		refused.length ? h("ul", { class: "ladder" }, ...refused) : null);
}

function tableOf(heads, rows) {
	return h("table", {}, h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", {}, head)))), h("tbody", {},
		...rows.map((row) => h("tr", {}, ...row.map((cell) => h("td", { class: cell.changed ? "changed" : cell.value === 0 ? "zero" : undefined },
			String(cell.value)))))));
}

/* Of the free lists, in the order of the migratetypes. */
const LISTS = ["unmov.", "mov.", "recl.", "atomic", "cma", "isol."];

const cell = (value, before) => ({ value, changed: before !== undefined && before !== value });

function drawLists(moment, before) {
	const old = before || moment.state;
	const tables = [];
	for (const name of Object.keys(moment.state).filter((key) => key[0] === "f" || key[0] === "z").sort()) {
		const is = moment.state[name], was = old[name] || is;
		if (name[0] === "z") {
			tables.push(h("p", {}, "zone " + name.slice(1)), tableOf(["order", ...LISTS],
				is[12].map((row, order) => [cell(order), ...row.map((value, i) => cell(value, was[12][order][i]))])));
		} else if (!Object.keys(moment.state).some((key) => key[0] === "z")) {
			tables.push(h("p", {}, "zone " + name.slice(1)), tableOf(is[0].map((_, order) => "o" + order),
				[is[0].map((value, order) => cell(value, was[0][order]))]));
		}
	}
	fill("lists", ...tables);
	const zones = Object.keys(moment.state).filter((key) => key[0] === "z").sort();
	const plain = Object.keys(moment.state).filter((key) => key[0] === "f").sort();
	const value = (key, i) => cell(moment.state[key][i], old[key] && old[key][i]);
	if (zones.length)
		fill("counters", tableOf(["", ...zones.map((key) => "zone " + key.slice(1))], ZONE_COUNTERS.map((word, i) =>
			[cell(word), ...zones.map((key) => value(key, i))]).concat([0, 1, 2, 3].slice(0, data.cpus || 1).map((cpu) =>
			[cell("per-CPU pages of CPU " + cpu), ...zones.map((key) => cell(moment.state[key][11][cpu],
				old[key] && old[key][11][cpu]))]))));
	else
		fill("counters", tableOf(["", ...plain.map((key) => "zone " + key.slice(1))],
			[[cell("pages on free lists"), ...plain.map((key) => value(key, 1))],
				[cell("pages on per-CPU lists"), ...plain.map((key) => value(key, 2))]]));
}

function drawChanges(moment, before) {
	const found = before ? differences(before, moment.state, moment.changed, data) : [];
	if (!found.length) {
		fill("changes");
		return;
	}
	fill("changes", tableOf(["", "before", "now"], found.slice(0, 60).map(([name, a, b]) => [cell(name), cell(a), { value: b, changed: true }])));
}

function drawEvents(moment) {
	fill("events", ...moment.since.map((line) => {
		if (line.t === "op")
			return h("li", {}, h("b", {}, "step " + line.step + ", CPU " + line.cpu + ": "), line.text);
		if (line.t === "sw")
			return h("li", { class: "quiet" }, "CPU " + line.from + " " + SWITCHES[line.kind] + (line.fn ? " in " + line.fn + "()" : "") +
				(line.from !== line.to ? " for CPU " + line.to : ""));
		if (line.t === "lock")
			return h("li", { class: "quiet" }, "CPU " + line.cpu + (line.held.length ? " holds " +
				line.held.map(([lock, fn]) => lock + " of " + fn + "()").join(", ") : " holds no lock"));
		if (line.t !== "ev")
			return null;
		return h("li", { title: data.events[line.n][1] }, data.events[line.n][0] + (line.d ? " " + line.d : "") +
			(line.pfn !== undefined ? ", page " + line.pfn : "") + (line.spb !== undefined ? ", superpageblock " + line.spb : "") +
			", zone " + line.zone + ", order " + line.order + ", " + (data.types[line.mt] || line.mt) +
			(line.more ? " … the rest of this step is left out" : ""));
	}).filter((item) => item));
}

/* The list scrolls, and the page does not. */
function keepInView(list, item) {
	const outer = list.getBoundingClientRect(), inner = item.getBoundingClientRect();
	if (inner.top < outer.top)
		list.scrollTop -= outer.top - inner.top + 40;
	else if (inner.bottom > outer.bottom)
		list.scrollTop += inner.bottom - outer.bottom + 40;
}

function nameOf(moment) {
	const step = "step " + moment.step;
	return { begin: "before the first step", op: "after " + step, switch: "in " + step + ", at a switch",
		finding: "at the finding, in " + step, death: "the process died in " + step }[moment.at];
}

function show(number) {
	now = Math.min(Math.max(number, 0), moments.length - 1);
	const moment = moments[now], before = now ? moments[now - 1].state : null;
	byId("slider").value = now;
	byId("where").textContent = `${now} of ${moments.length - 1}: ${nameOf(moment)}`;
	byId("where").className = now === brokenAt ? "bad" : "";
	for (const item of byId("steps").children) {
		const step = +item.dataset.step, current = step === moment.step && moment.at !== "begin";
		item.toggleAttribute("aria-current", current);
		item.classList.toggle("later", step > moment.step || moment.at === "begin");
		if (current)
			keepInView(byId("program"), item);
	}
	drawMap(moment, before);
	drawRequest(moment);
	drawLadder(moment);
	drawChanges(moment, before);
	drawLists(moment, before);
	drawEvents(moment);
	document.querySelectorAll("rect[data-moment]").forEach((hit) =>
		hit.setAttribute("fill", +hit.dataset.moment === now ? "color-mix(in srgb, var(--accent) 8%, transparent)" : "transparent"));
	document.documentElement.dataset.moment = now;
	document.documentElement.dataset.step = moment.step;
}

/* --- people --- */

function theme(name) {
	document.documentElement.dataset.theme = name;
}

const KEYS = {
	ArrowLeft: () => show(now - 1), ArrowRight: () => show(now + 1), Home: () => show(0),
	End: () => show(moments.length - 1), b: () => brokenAt >= 0 && show(brokenAt),
	t: () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"),
};

function legend() {
	const entry = (name, text) => [h("span", { class: "swatch " + name }), text];
	byId("legend").replaceChildren("A box is a pageblock, filled as far as it is used:", ...entry("ku", "unmovable"), ...entry("kr", "reclaimable"),
		...entry("km", "movable"), ...entry("ko", "held as a whole"), ...entry("kp", "on a per-CPU list"), ...entry("", "free"),
		". X mixed, # no page of the allocator, corner: content of another type than the label (borrowed), dashed: isolated, frame: changed by this step.");
}

function listen() {
	document.addEventListener("keydown", (event) => {
		if (!KEYS[event.key] || event.ctrlKey || event.metaKey || event.altKey)
			return;
		event.preventDefault();
		KEYS[event.key]();
	});
	byId("slider").addEventListener("input", () => show(+byId("slider").value));
	for (const [id, key] of [["first", "Home"], ["back", "ArrowLeft"], ["forth", "ArrowRight"], ["last", "End"],
		["broken", "b"], ["theme", "t"]])
		byId(id).addEventListener("click", KEYS[key]);
	window.addEventListener("hashchange", fromHash);
}

/* #step=3, #moment=7, #theme=dark; #press=ArrowRight,t and #slide=2 are what people would do. */
function fromHash() {
	const asked = new URLSearchParams(location.hash.slice(1));
	if (asked.has("theme"))
		theme(asked.get("theme") === "dark" ? "dark" : "light");
	if (asked.has("step"))
		show(lastMomentOf(+asked.get("step")));
	if (asked.has("moment"))
		show(+asked.get("moment"));
	if (asked.has("slide")) {
		byId("slider").value = asked.get("slide");
		byId("slider").dispatchEvent(new Event("input"));
	}
	for (const key of (asked.get("press") || "").split(",").filter((word) => word))
		document.dispatchEvent(new KeyboardEvent("keydown", { key }));
}

theme(window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
head();
program();
rule();
circle();
legend();
lanes();
listen();
if (moments.length)
	show(brokenAt >= 0 ? brokenAt : moments.length - 1);
fromHash();
const currentColumn = document.querySelector("#lanes .scroll");
currentColumn.scrollLeft = currentColumn.scrollWidth;
document.documentElement.dataset.ready = moments.length;
