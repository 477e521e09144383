// SPDX-License-Identifier: Apache-2.0
// On every page: what htmx sends, what is said where nobody answers, and times as the reader's own clock shows them.
import { byId, localise, say } from "./dom.js";

const page = document.body;

page.addEventListener("htmx:configRequest", ({ detail }) => {
  detail.headers["X-CSRF-Token"] = document.querySelector("meta[name=csrf]").content;
});

for (const event of ["htmx:sendError", "htmx:timeout"]) {
  page.addEventListener(event, ({ detail }) => {
    if (detail.requestConfig.verb !== "get") say(document.documentElement.dataset.unanswered, "failed");
  });
}

// An answer that is not whod's own, such as a proxy's, must not end up in the page.
page.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.isError || detail.xhr.getResponseHeader("HX-Retarget")) return;
  detail.shouldSwap = false;
  if (detail.requestConfig.verb !== "get") say(document.documentElement.dataset.unanswered, "failed");
});

page.addEventListener("htmx:afterSwap", ({ detail }) => {
  localise(detail.target);
  if (detail.target === byId("message")) detail.target.scrollIntoView({ block: "nearest" });
});

localise(document);
