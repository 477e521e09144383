// SPDX-License-Identifier: Apache-2.0
// The live picture. Picture and boxes come in one answer and are shown in one step.
import { byId, element, language, localTime, setText } from "./dom.js";

const STALE_MS = 5_000;
const PACE_MS = 150; // from one poll to the next: six or seven pictures a second
const LEAST_MS = 30; // after an answer, however slow it was
const IDLE_MS = 500; // where pictures come rarely
const cosine = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const percent = new Intl.NumberFormat(language, { style: "percent" });
const shown = { tag: null, capturedAt: null, since: performance.now(), pause: PACE_MS };

// Gives the milliseconds until it is worth asking again.
export async function pollLive() {
  const began = performance.now();
  try {
    const response = await ask();
    if (!response.ok) throw new Error(`live picture: ${response.status}`);
    const tag = response.headers.get("X-Whod-Picture");
    if (!tag) {
      lost();
      return IDLE_MS;
    }
    if (tag === shown.tag) {
      if (began - shown.since > STALE_MS) lost();
      shown.pause = Math.min(1.5 * shown.pause, IDLE_MS);
      return shown.pause;
    }
    const live = JSON.parse(response.headers.get("X-Whod-Live"));
    show(await decoded(await response.blob()), live);
    Object.assign(shown, { tag, capturedAt: live.captured_at });
    Object.assign(shown, { since: performance.now(), pause: LEAST_MS });
    return Math.max(PACE_MS - (performance.now() - began), LEAST_MS);
  } catch {
    shown.tag = null; // whatever comes next is news
    lost();
    return IDLE_MS;
  }
}

function ask() {
  const url = `${byId("picture").dataset.src}?after=${encodeURIComponent(shown.tag ?? "")}`;
  return fetch(url, { cache: "no-store", signal: AbortSignal.timeout(5_000) });
}

async function decoded(blob) {
  const url = URL.createObjectURL(blob);
  try {
    const picture = new Image();
    picture.alt = byId("picture").dataset.alt;
    picture.src = url;
    await picture.decode();
    return picture;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function show(picture, live) {
  const stage = byId("picture");
  stage.querySelector("img")?.remove();
  stage.prepend(picture);
  stage.style.setProperty("--ratio", picture.naturalWidth / picture.naturalHeight);
  stage.classList.remove("blank", "lost");
  byId("boxes").replaceChildren(...live.faces.map(box));
  byId("simulated").hidden = !live.simulated;
  byId("notice").hidden = true;
  const captured = byId("captured");
  captured.dateTime = live.captured_at;
  setText(captured, localTime(live.captured_at));
  inView(live.faces);
}

function lost() {
  const { none, since, paused } = byId("picture").dataset;
  const last = shown.capturedAt ?? byId("captured").getAttribute("datetime");
  byId("picture").classList.add("lost");
  byId("boxes").replaceChildren();
  byId("notice").hidden = false;
  const why = last ? since.replace("{time}", localTime(last)) : none;
  setText(byId("notice"), byId("paused").hidden ? why : paused);
  setText(byId("in-view"), byId("in-view").dataset.unknown);
}

function box(face) {
  const [x, y, width, height] = face.box;
  const label = element("div", "label", element("bdi", null, face.label));
  label.append(element("small", null, measures(face)));
  const made = element("div", `box ${face.state}`, label);
  made.classList.toggle("low", y < 0.15);
  made.classList.toggle("right", x + width / 2 > 0.6);
  Object.assign(made.style, { left: part(x), top: part(y), width: part(width), height: part(height) });
  return made;
}

function measures({ similarity, quality }) {
  const said = { similarity: cosine.format(similarity), quality: percent.format(quality) };
  return byId("picture").dataset.measures.replace(/\{(\w+)\}/g, (_, name) => said[name]);
}

const part = (of) => `${100 * of}%`;

function inView(faces) {
  const place = byId("in-view");
  const names = faces.map((face) => element("bdi", `in-view ${face.state}`, face.label));
  place.replaceChildren(...(names.length ? names : [place.dataset.nobody]));
}
