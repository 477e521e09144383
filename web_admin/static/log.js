// SPDX-License-Identifier: Apache-2.0
// New messages of the log as they come; copying those that are shown.

import { api } from "./api.js";
import { byId, element, every, localTime, texts } from "./dom.js";

const SHOWN = 1000;
const log = byId("log");
const copy = byId("copy");
let newest = Number(log.dataset.newest);

byId("live").hidden = copy.hidden = false;
copy.addEventListener("click", copyAll);
window.scrollTo(0, document.body.scrollHeight);
every(2000, follow);

async function follow() {
  const query = new URLSearchParams({ level: log.dataset.level, text: log.dataset.text, after: newest });
  let found;
  try {
    found = await api("GET", `/log?${query}`);
  } catch {
    return;
  }
  const atEnd = window.innerHeight + window.scrollY >= document.body.scrollHeight - 80;
  for (const entry of found.entries) {
    newest = entry.seq;
    log.append(row(entry));
  }
  while (log.children.length > SHOWN) log.firstElementChild.remove();
  byId("none").hidden = log.children.length > 0;
  if (found.entries.length && atEnd) window.scrollTo(0, document.body.scrollHeight);
}

const KINDS = { error: "failed", critical: "failed", warning: "waiting" };

function row(entry) {
  const time = element("time", "", localTime(entry.at, "short"));
  time.dateTime = entry.at;
  const badge = element("span", `badge ${KINDS[entry.level] ?? ""}`, texts[entry.level] ?? entry.level);
  const head = element("span", "head", time, " ", badge, " ", element("span", "", texts[entry.part] ?? entry.part));
  const message = element("span", "message", entry.message);
  message.lang = "en";
  return element("li", entry.level, head, message);
}

// With times as they are for everybody: what is copied goes to somebody else.
async function copyAll() {
  const lines = [...log.children].map((line) => {
    const at = line.querySelector("time").dateTime;
    return `${at} ${line.className} ${line.querySelector(".message").textContent}`;
  });
  const said = copy.querySelector("span");
  const before = said.textContent;
  try {
    await navigator.clipboard.writeText(lines.join("\n"));
    said.textContent = copy.dataset.done;
  } catch {
    said.textContent = byCommand(lines.join("\n")) ? copy.dataset.done : copy.dataset.failed;
  }
  setTimeout(() => (said.textContent = before), 3000);
}

// Without HTTPS there is no clipboard of the newer kind.
function byCommand(text) {
  const area = element("textarea", "sr-only");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
