// SPDX-License-Identifier: Apache-2.0
// The live picture. Picture and boxes come in one answer and are shown in one step.
import { byId, element, language, localTime, setText } from "./dom.js";

const STALE_MS = 5_000;
const PACE_MS = 150; // from one poll to the next: six or seven pictures a second
const LEAST_MS = 30; // after an answer, however slow it was
const IDLE_MS = 500; // where pictures come rarely
const cosine = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const percent = new Intl.NumberFormat(language, { style: "percent" });

// Of one camera, in its card. Gives what asks once, and that the milliseconds until it is worth asking again.
export function pollLive(card) {
  const stage = card.querySelector(".stage");
  const boxes = card.querySelector(".boxes");
  const notice = card.querySelector(".over");
  const names = card.querySelector(".names");
  const simulated = card.querySelector(".badge");
  const captured = card.querySelector("time");
  const { src, alt, none, since, paused, measures } = stage.dataset;
  const shown = { tag: null, capturedAt: null, since: performance.now(), pause: PACE_MS };

  async function poll() {
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
      show(await decoded(await response.blob(), alt), live);
      Object.assign(shown, { tag, capturedAt: live.captured_at });
      if (live.lost) lost();
      Object.assign(shown, { since: performance.now(), pause: LEAST_MS });
      return Math.max(PACE_MS - (performance.now() - began), LEAST_MS);
    } catch {
      shown.tag = null; // whatever comes next is news
      lost();
      return IDLE_MS;
    }
  }

  function ask() {
    const url = new URL(src, location.href);
    url.searchParams.set("after", shown.tag ?? "");
    return fetch(url, { cache: "no-store", signal: AbortSignal.timeout(5_000) });
  }

  function show(picture, live) {
    stage.querySelector("img")?.remove();
    stage.prepend(picture);
    stage.style.setProperty("--ratio", picture.naturalWidth / picture.naturalHeight);
    stage.classList.remove("blank", "lost");
    boxes.replaceChildren(...live.faces.map((face) => box(face, measures)));
    simulated.hidden = !live.simulated;
    notice.hidden = true;
    captured.dateTime = live.captured_at;
    setText(captured, localTime(live.captured_at));
    const there = live.faces.map((face) => element("bdi", `in-view ${face.state}`, face.label));
    names.replaceChildren(...(there.length ? there : [names.dataset.nobody]));
  }

  function lost() {
    const last = shown.capturedAt ?? captured.getAttribute("datetime");
    stage.classList.add("lost");
    boxes.replaceChildren();
    notice.hidden = false;
    const why = last ? since.replace("{time}", localTime(last)) : none;
    const resting = !byId("paused").hidden;
    const [said, help] = notice.children;
    setText(said, resting ? paused : why);
    if (help) help.hidden = resting;
    setText(names, names.dataset.unknown);
  }

  return poll;
}

async function decoded(blob, alt) {
  const url = URL.createObjectURL(blob);
  try {
    const picture = new Image();
    picture.alt = alt;
    picture.src = url;
    await picture.decode();
    return picture;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function box(face, measures) {
  const [x, y, width, height] = face.box;
  const said = { similarity: cosine.format(face.similarity), quality: percent.format(face.quality) };
  const label = element("div", "label", element("bdi", null, face.label));
  label.append(element("small", null, measures.replace(/\{(\w+)\}/g, (_, name) => said[name])));
  const made = element("div", `box ${face.state}`, label);
  made.classList.toggle("low", y < 0.15);
  made.classList.toggle("right", x + width / 2 > 0.6);
  Object.assign(made.style, { left: part(x), top: part(y), width: part(width), height: part(height) });
  return made;
}

const part = (of) => `${100 * of}%`;
