// SPDX-License-Identifier: Apache-2.0
// Health, visits and figures.
import { byId, element, localTime, setText } from "./dom.js";

const root = document.documentElement.dataset.root;
const lists = new Map();

export async function pollState() {
  try {
    const response = await fetch(`${root}/state.json`, { cache: "no-store", signal: AbortSignal.timeout(5_000) });
    if (response.status === 401) location.assign(`${root}/login`);
    if (!response.ok) throw new Error(`state: ${response.status}`);
    show(await response.json());
  } catch {
    const { lost, lostAbout } = byId("state").dataset;
    health("failed", lost, [{ part: "", advice: lostAbout, detail: "", page: "" }]);
  }
}

function show(state) {
  health(state.level, state.headline, state.troubles);
  byId("paused").hidden = !state.paused;
  byId("pause").hidden = state.paused;
  byId("first").hidden = !state.nobody_enrolled;
  byId("no-visits").hidden = state.visits.length > 0;
  fill("visits", state.visits, visit);
  fill("facts", state.facts, fact);
  fill("details", state.details, fact);
}

function health(level, headline, troubles) {
  byId("state").className = `card state ${level}`;
  setText(byId("headline").lastElementChild, headline);
  fill("troubles", troubles, trouble);
  const dot = document.querySelector(".top .health");
  dot.className = `health ${level}`;
  setText(dot.lastElementChild, headline);
}

// A list that is as it was is left alone: somebody may be selecting or hearing it.
function fill(id, items, make) {
  const text = JSON.stringify(items);
  if (lists.get(id) === text) return;
  byId(id).replaceChildren(...items.map(make));
  lists.set(id, text);
}

function trouble({ part, advice, detail, page }) {
  const made = element("li", null, element("strong", null, part));
  if (advice) made.append(element("p", null, advice));
  if (detail) {
    const said = element("p", advice ? "quiet small" : null, detail);
    said.lang = "en";
    made.append(said);
  }
  if (page) made.append(link(`${root}${page}`, byId("troubles").dataset.link));
  return made;
}

function link(href, text) {
  const made = element("a", null, text);
  made.href = href;
  return made;
}

function visit({ ref, who, known, started_at, about, clock_synced, simulated }) {
  const { href, simulated: badge, clock } = byId("visits").dataset;
  const name = element("bdi", known ? "who" : "who unknown", who);
  const said = element("small", null, clock_synced ? about : `${about} · ${clock}`);
  const time = element("time", "small end", localTime(started_at, "short"));
  time.dateTime = started_at;
  const row = link(href + encodeURIComponent(ref), "");
  row.className = "row";
  row.append(element("span", "grow", name, simulated ? element("span", "badge", badge) : "", said), time);
  return element("li", null, row);
}

function fact({ label, value, level }) {
  return element("div", level, element("dt", null, label), element("dd", null, value));
}
