// SPDX-License-Identifier: Apache-2.0
// The live picture. Picture and boxes come in one answer and are shown in one step.
import { byId, element, get, localTime, setText } from "./dom.js";

const STALE_MS = 5_000;
const shown = { key: null, capturedAt: null, since: performance.now() };

export async function pollLive() {
  try {
    const response = await get("/live.jpg");
    if (response.status === 204) {
      lost();
      return;
    }
    const live = JSON.parse(response.headers.get("X-Whod-Live"));
    const key = `${live.captured_at} ${live.seq}`;
    if (key !== shown.key) {
      show(await decoded(await response.blob()), live);
      Object.assign(shown, { key, capturedAt: live.captured_at, since: performance.now() });
    } else {
      await response.body.cancel();
      if (performance.now() - shown.since > STALE_MS) lost();
    }
  } catch {
    shown.key = null; // whatever comes next is news
    lost();
  }
}

async function decoded(blob) {
  const url = URL.createObjectURL(blob);
  try {
    const picture = new Image();
    picture.alt = "What the camera sees";
    picture.src = url;
    await picture.decode();
    return picture;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function show(picture, live) {
  const frame = byId("picture");
  frame.querySelector("img")?.remove();
  frame.prepend(picture);
  frame.style.setProperty("--ratio", picture.naturalWidth / picture.naturalHeight);
  frame.classList.remove("empty", "lost");
  byId("boxes").replaceChildren(...live.faces.map(box));
  byId("simulated").hidden = !live.simulated;
  byId("notice").hidden = true;
  const captured = byId("captured");
  captured.dateTime = live.captured_at;
  setText(captured, localTime(live.captured_at));
  inView(live.faces);
}

function lost() {
  byId("picture").classList.add("lost");
  byId("boxes").replaceChildren();
  byId("notice").hidden = false;
  const since = shown.capturedAt ?? byId("captured").getAttribute("datetime");
  setText(byId("notice"), since ? `No picture since ${localTime(since)}` : "No picture yet");
  byId("in-view").replaceChildren("not known");
}

function box(face) {
  const [x, y, width, height] = face.box;
  const label = element("bdi", "label", face.label);
  const made = element("div", `box ${face.state}`, label);
  made.classList.toggle("low", y < 0.12);
  made.classList.toggle("right", x + width / 2 > 0.6);
  Object.assign(made.style, { left: part(x), top: part(y), width: part(width), height: part(height) });
  return made;
}

const part = (of) => `${100 * of}%`;

function inView(faces) {
  const names = faces.map((face) => element("bdi", `face ${face.state}`, face.label));
  byId("in-view").replaceChildren(...(names.length ? names : ["nobody"]));
}
