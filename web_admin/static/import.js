// SPDX-License-Identifier: Apache-2.0
// A zip file on its way, and then the job that looks into it.
import { byId, say, setText } from "./dom.js";
import { Offline, send } from "./sending.js";

const form = byId("import");
const sent = byId("sent");
const bar = byId("bar");
const size = new Intl.NumberFormat(document.documentElement.lang, {
  style: "unit",
  unit: "megabyte",
  maximumFractionDigits: 1,
});
let way = null;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  way = new AbortController();
  show(true);
  addEventListener("beforeunload", ask);
  try {
    const answer = await send(form.action, new FormData(form), {
      headers: { "HX-Request": "true" },
      signal: way.signal,
      onProgress: progress,
    });
    if (!answer.redirect) refused(answer);
  } catch (error) {
    if (error instanceof Offline) say(sent.dataset.lost, "failed");
    show(false);
  } finally {
    removeEventListener("beforeunload", ask);
  }
});
byId("stop").addEventListener("click", () => way?.abort());

function ask(event) {
  event.preventDefault(); // the browser asks whether to leave
}

function progress(loaded, total) {
  const fields = { sent: size.format(loaded / 1e6), total: size.format(total / 1e6) };
  const arrived = loaded >= total;
  setText(sent, arrived ? sent.dataset.done : sent.dataset.text.replace(/\{(\w+)\}/g, (_, field) => fields[field]));
  if (arrived) bar.removeAttribute("value");
  else Object.assign(bar, { max: total, value: loaded });
}

function refused({ text }) {
  const said = new DOMParser().parseFromString(text, "text/html").body.textContent.trim();
  say(said || document.documentElement.dataset.unanswered, "failed");
  show(false);
}

function show(busy) {
  byId("sending").hidden = byId("stop").hidden = !busy;
  form.querySelector("button[type=submit]").disabled = busy;
  if (busy) byId("message").replaceChildren();
}
