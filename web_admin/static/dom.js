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
  if (node.textContent !== text) node.textContent = text;
}

const clock = {
  short: new Intl.DateTimeFormat(undefined, { timeStyle: "short" }),
  medium: new Intl.DateTimeFormat(undefined, { timeStyle: "medium" }),
};
const day = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });

// In the time zone and the manner of whoever looks at it; the day only where it is another one.
export function localTime(iso, style = "medium") {
  const moment = new Date(iso);
  const time = clock[style].format(moment);
  return moment.toDateString() === new Date().toDateString() ? time : `${day.format(moment)}, ${time}`;
}

export async function get(url) {
  const response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(5_000) });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response;
}
