// SPDX-License-Identifier: Apache-2.0
// Names come from outside: everything goes into the page as text, never as markup.

export const byId = (id) => document.getElementById(id);

export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

// Writes only what changed, so that a screen reader does not say it again.
export function setText(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("class", "icon");
  made.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${new URL("icons.svg", import.meta.url).pathname}#${name}`);
  made.append(use);
  return made;
}

// What the page's script may say, in the reader's language.
export const texts = JSON.parse(byId("texts")?.textContent ?? "{}");

// A message above the page's content; a screen reader reads it out.
export function say(text, kind = "ok") {
  const box = element("div", `notice ${kind}`, icon(kind === "ok" ? "check" : "alert"), element("p", "grow", text));
  if (kind === "failed") box.setAttribute("role", "alert");
  byId("message").replaceChildren(box);
  byId("message").scrollIntoView({ block: "nearest" });
}

// Of the page, and within it the reader's own manner.
const spoken = document.documentElement.lang;
export const language = navigator.languages.find((code) => code.split("-")[0] === spoken) ?? spoken;
const clock = {
  short: new Intl.DateTimeFormat(language, { timeStyle: "short" }),
  medium: new Intl.DateTimeFormat(language, { timeStyle: "medium" }),
};
const day = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short" });
const year = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year: "numeric" });
const since = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const STEPS = [["minute", 60], ["hour", 3600], ["day", 86_400]];
const WEEK_S = 7 * 86_400;

// In the time zone of whoever looks at it; the day only where it is another one.
export function localTime(iso, style = "medium") {
  const moment = new Date(iso);
  const time = clock[style].format(moment);
  return moment.toDateString() === new Date().toDateString() ? time : `${localDay(iso)}, ${time}`;
}

export function localDay(iso) {
  const moment = new Date(iso);
  return (moment.getFullYear() === new Date().getFullYear() ? day : year).format(moment);
}

export function ago(iso) {
  const seconds = (Date.now() - new Date(iso)) / 1000;
  if (seconds >= WEEK_S) return localDay(iso);
  const [unit, length] = STEPS.findLast(([, atLeast]) => seconds >= atLeast) ?? ["second", 1];
  return unit === "second" ? since.format(0, "second") : since.format(-Math.floor(seconds / length), unit);
}

// Writes the times that the server wrote in its own time zone.
export function localise(root) {
  for (const node of root.querySelectorAll("time[data-style]")) {
    const iso = node.dateTime;
    const write = { day: localDay, clock: (at) => clock.short.format(new Date(at)), ago }[node.dataset.style];
    setText(node, write ? write(iso) : localTime(iso, "short"));
  }
}

const HIDDEN_MS = 10_000;

// Asks again and again; the next time only when the one before is done, so a slow network is not flooded.
// `work` may give the milliseconds to wait for itself.
export async function every(milliseconds, work) {
  for (;;) {
    const wanted = await work();
    await pause(document.hidden ? HIDDEN_MS : (wanted ?? milliseconds));
  }
}

// Ends early when the page is looked at again.
function pause(milliseconds) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    document.addEventListener("visibilitychange", done);
  });
}
