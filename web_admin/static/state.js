// SPDX-License-Identifier: Apache-2.0
// Health, visits and figures.
import { byId, element, get, localTime, setText } from "./dom.js";

const lists = new Map();

export async function pollState() {
  try {
    show(await (await get("/state.json")).json());
  } catch {
    health("failed", "whod does not answer", ["The page tries again by itself. Is the device on, and the network there?"]);
  }
}

function show(state) {
  health(state.level, state.headline, state.troubles);
  byId("enrol").hidden = !state.nobody_enrolled;
  byId("no-visits").hidden = state.visits.length > 0;
  fill("visits", state.visits, visit);
  fill("facts", state.facts, fact);
}

function health(level, headline, troubles) {
  byId("status").className = `status ${level}`;
  setText(byId("headline"), headline);
  fill("troubles", troubles, (trouble) => element("li", null, trouble));
}

// A list that is as it was is left alone: somebody may be selecting or hearing it.
function fill(id, items, make) {
  const text = JSON.stringify(items);
  if (lists.get(id) === text) return;
  byId(id).replaceChildren(...items.map(make));
  lists.set(id, text);
}

function visit({ who, known: named, started_at, duration, similarity, clock_synced, simulated }) {
  const time = element("time", null, localTime(started_at, "short"));
  time.dateTime = started_at;
  return element(
    "li",
    null,
    element("span", named ? "who" : "who unknown", element("bdi", null, who)),
    element("span", "similarity", `similarity ${similarity}`),
    element(
      "span",
      "when",
      time,
      `${clock_synced ? "" : " (clock not set)"} · for ${duration} `,
      simulated ? element("strong", "badge", "simulated") : "",
    ),
  );
}

function fact({ label, value, alert }) {
  return element("div", alert ? "alert" : null, element("dt", null, label), element("dd", null, value));
}
