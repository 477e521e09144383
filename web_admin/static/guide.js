// SPDX-License-Identifier: Apache-2.0
// Enrolment at the camera: whod looks when it is asked, and this shows and sounds what it says.
import { Problem, post } from "./api.js";
import { byId, element, every, setText, texts } from "./dom.js";

const LOOK_MS = 250; // after an answer
const PICTURE_MS = 150;
const LOST_MS = 1_500;
const guide = byId("guide");
const mirror = byId("mirror");
const { look, live, shot, review } = guide.dataset;
const taken = new Set([...guide.querySelectorAll(".shots .taken")].map((row) => row.dataset.pose));
let over = false;

every(LOOK_MS, async () => {
  if (over || document.hidden) return undefined;
  try {
    const state = await post(look, {});
    if (!over) show(state);
    return undefined;
  } catch (error) {
    if (over) return undefined;
    if (error instanceof Problem && error.status === 404) {
      leave(location.href); // it has ended: the page says so
    } else {
      setText(byId("cue"), document.documentElement.dataset.unanswered);
      setText(byId("cue-text"), "");
    }
    return LOST_MS;
  }
});

// Who stops must not be told by the last look that it has ended.
guide.addEventListener("htmx:beforeRequest", () => {
  over = true;
});
guide.addEventListener("htmx:afterRequest", ({ detail }) => {
  over = detail.successful;
});

function show(state) {
  guide.dataset.cue = state.cue;
  guide.dataset.wanted = state.wanted ?? "";
  const [title, text] = texts.cues[state.cue];
  setText(byId("cue"), title);
  setText(byId("cue-text"), text);
  byId("simulated").hidden = !state.simulated;
  rate(state.sight?.quality);
  aim(state.sight?.box);
  for (const { pose } of state.taken) if (!taken.has(pose)) take(pose);
  for (const arc of guide.querySelectorAll("[data-pose]")) {
    const { pose } = arc.dataset;
    arc.classList.toggle("taken", taken.has(pose));
    arc.classList.toggle("wanted", pose === state.wanted);
    if (arc.matches(".arc")) arc.classList.toggle("held", pose === state.wanted && state.held > 0);
  }
  byId("enough").hidden = taken.size === 0;
  if (!state.wanted) leave(review);
}

function rate(quality = 0) {
  byId("quality").value = quality;
  const word = quality >= 0.9 ? "very_good" : quality >= 0.6 ? "good" : quality >= 0.3 ? "fair" : "poor";
  setText(byId("quality-word"), quality ? texts.quality[word] : "");
}

function take(pose) {
  taken.add(pose);
  const row = guide.querySelector(`.shots [data-pose=${pose}]`);
  const picture = Object.assign(new Image(), { alt: "", src: shot.replace("POSE", pose) });
  row.querySelector(".face").replaceChildren(picture);
  const mark = row.querySelector(".mark");
  setText(mark, ` ${mark.dataset.text}`);
  mirror.classList.remove("flash");
  void mirror.offsetWidth; // begins the flash anew
  mirror.classList.add("flash");
  navigator.vibrate?.(80);
  click();
}

// Whoever looks up does not see the phone, but hears it.
function click() {
  try {
    const sound = new AudioContext();
    const tone = new OscillatorNode(sound, { frequency: 880 });
    const volume = new GainNode(sound, { gain: 0.2 });
    tone.connect(volume).connect(sound.destination);
    volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.18);
    tone.start();
    tone.stop(sound.currentTime + 0.2);
    tone.addEventListener("ended", () => sound.close());
  } catch {
    // A browser without sound: the phone shakes, and the picture flashes.
  }
}

function leave(url) {
  over = true;
  location.replace(url);
}

// The picture

let tag = null;
let target = null;

every(PICTURE_MS, async () => {
  if (over || document.hidden) return undefined;
  try {
    const headers = tag ? { "If-None-Match": tag } : {};
    const response = await fetch(live, { cache: "no-store", headers });
    if (response.status !== 200) return undefined;
    tag = response.headers.get("ETag");
    const url = URL.createObjectURL(await response.blob());
    const picture = element("img");
    Object.assign(picture, { src: url, alt: mirror.querySelector("img").alt });
    await picture.decode().finally(() => URL.revokeObjectURL(url));
    mirror.querySelector("img").replaceWith(picture);
    place();
    return undefined;
  } catch {
    return LOST_MS;
  }
});

function aim(box) {
  if (box) target = box;
  place();
}

// The face in the middle of the circle, filling about half of it; the whole picture as long as there is none.
function place() {
  const picture = mirror.querySelector("img");
  const { naturalWidth: width, naturalHeight: height } = picture;
  if (!width) return;
  const side = mirror.clientWidth;
  const least = side / Math.min(width, height);
  const [x, y, w, h] = target ?? [0.5, 0.5, 0, 0];
  const scale = target ? Math.min(Math.max((0.5 * side) / (h * height), least), 5 * least) : least;
  const within = (middle, length) => Math.min(0, Math.max(side - length, side / 2 - middle * length));
  Object.assign(picture.style, {
    width: `${width * scale}px`,
    height: `${height * scale}px`,
    left: `${within(x + w / 2, width * scale)}px`,
    top: `${within(y + h / 2, height * scale)}px`,
  });
}

addEventListener("resize", place);
