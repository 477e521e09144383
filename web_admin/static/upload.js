// SPDX-License-Identifier: Apache-2.0
// Pictures that are enrolled: each is made smaller, sent by itself, and gets its answer.
import { byId, say, setText, texts } from "./dom.js";
import "./name.js";
import { Offline, sendSurely } from "./sending.js";
import { shrink } from "./shrink.js";

const form = byId("upload");
const list = byId("pictures");
const pictures = new Set();
let prepared = Promise.resolve(); // one at a time: a phone has no memory for many pictures at full size

class Picture {
  constructor(file) {
    this.file = file;
    this.state = "ready"; // then "taken", "refused", "choose" or "unreadable"
    this.row = byId("picture").content.cloneNode(true).querySelector("li");
    this.thumb = this.row.querySelector("img");
    setText(this.row.querySelector(".file"), file.name);
    this.row.querySelector(".remove").addEventListener("click", () => this.remove());
    this.answer = this.row.querySelector(".answer");
    this.row.addEventListener("submit", (event) => this.again(event));
    this.say(texts.scaling);
    this.small = prepared = prepared.then(() => this.prepare());
    list.append(this.row);
  }

  async prepare() {
    if (!pictures.has(this)) return null; // it was left out meanwhile
    try {
      const blob = await shrink(this.file);
      this.thumb.src = URL.createObjectURL(blob);
      if (this.state === "ready") this.say(texts.ready);
      return blob;
    } catch (error) {
      this.mark("unreadable");
      this.say(error.isHeic ? texts.heic : texts.unreadable);
      return null;
    }
  }

  async enrol(name) {
    const blob = await this.small;
    if (!blob || !pictures.has(this)) return;
    const body = new FormData();
    body.set("name", name);
    body.set("image", blob, texts.this); // which is what whod's answer calls it
    await this.ask(form.action, body);
  }

  // A face that is chosen, or taken all the same.
  async again(event) {
    event.preventDefault();
    await attempt(() => this.ask(event.target.action, new FormData(event.target)));
  }

  async ask(url, body) {
    this.busy(true);
    try {
      const headers = { "HX-Request": "true" };
      const onOffline = () => this.say(texts.offline);
      this.told(await sendSurely(url, body, { headers, onOffline }));
    } catch (error) {
      if (!(error instanceof Offline)) throw error;
      this.mark("ready");
      this.say(document.documentElement.dataset.unanswered);
    } finally {
      this.busy(false);
    }
  }

  told({ status, text }) {
    const said = new DOMParser().parseFromString(text, "text/html").body;
    if (status >= 400) {
      this.mark("ready");
      this.say(texts.ready);
      throw new Refused(said.textContent.trim() || document.documentElement.dataset.unanswered);
    }
    this.answer.replaceChildren(...said.children);
    const { state, name, person } = this.answer.firstElementChild.dataset;
    this.mark(state);
    if (person) Object.assign(this, { name, person });
    this.row.querySelector(":scope > .faces")?.remove();
    const faces = this.answer.querySelector(".faces");
    if (faces) this.offer(faces);
  }

  // The buttons lie over the faces.
  offer(faces) {
    const { width, height } = faces.dataset;
    faces.prepend(Object.assign(new Image(), { src: this.thumb.src, alt: "" }));
    for (const choice of faces.querySelectorAll("form")) {
      const [x, y, w, h] = choice.dataset.box.split(" ");
      const place = { left: x / width, top: y / height, width: w / width, height: h / height };
      for (const [side, part] of Object.entries(place)) choice.style[side] = `${100 * part}%`;
    }
    faces.classList.add("over");
    this.row.append(faces);
  }

  busy(is) {
    this.row.querySelector("progress").hidden = !is;
    this.row.setAttribute("aria-busy", is);
    if (is) this.say(texts.sending);
  }

  say(text) {
    this.answer.replaceChildren(Object.assign(document.createElement("p"), { className: "small", textContent: text }));
  }

  mark(state) {
    this.state = state;
    this.row.dataset.state = state;
  }

  remove() {
    URL.revokeObjectURL(this.thumb.src);
    this.row.remove();
    pictures.delete(this);
    list.hidden = pictures.size === 0;
  }
}

class Refused extends Error {}

function add(files) {
  for (const file of files) pictures.add(new Picture(file));
  list.hidden = pictures.size === 0;
  byId("finished").hidden = true;
}

const due = () => [...pictures].filter((picture) => picture.state === "ready");

async function enrolAll() {
  const waiting = due();
  if (!waiting.length) {
    say(texts.none, "failed");
    return;
  }
  const name = byId("name").value;
  byId("enrol").disabled = true;
  byId("message").replaceChildren();
  await attempt(async () => {
    for (const [done, picture] of waiting.entries()) {
      progress(done, waiting.length);
      await picture.enrol(name);
    }
  });
  byId("enrol").disabled = false;
  byId("progress").hidden = true;
}

async function attempt(work) {
  try {
    await work();
    summarise();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(error.message, "failed"); // of the name: it would be of each picture
    byId("name").focus();
  }
}

function progress(done, total) {
  byId("progress").hidden = false;
  setText(byId("progress"), texts.progress.replace("{done}", done).replace("{total}", total));
}

function summarise() {
  const all = [...pictures];
  const taken = all.filter((picture) => picture.state === "taken");
  if (due().length) return;
  if (!taken.length) {
    if (!all.some((picture) => picture.state === "choose")) say(texts.nothing, "failed");
    return;
  }
  const { name, person } = taken.at(-1);
  const others = taken.filter((picture) => picture.person !== person).length; // who were added before, from here too
  const fields = { name, taken: taken.length - others, total: all.length - others };
  setText(byId("finished-title"), texts.finished.replace(/\{(\w+)\}/g, (_, field) => fields[field]));
  byId("finished-person").href = person;
  byId("finished").hidden = false;
  byId("finished").focus();
}

// The form's own field stays for whoever has no script; with one it only chooses files.
const files = byId("files");
files.required = false;
files.closest(".no-script").hidden = true;
form.querySelector(".script").hidden = false;
byId("pick").addEventListener("click", () => files.click());
byId("shoot").addEventListener("click", () => byId("camera").click());
for (const input of [files, byId("camera")]) {
  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";
  });
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (form.reportValidity()) enrolAll();
});

const drop = byId("drop");
for (const kind of ["dragover", "dragleave", "drop"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop") add([...event.dataTransfer.files].filter((file) => file.size));
  });
}
document.addEventListener("paste", ({ clipboardData }) => add(clipboardData.files));
