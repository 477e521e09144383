// SPDX-License-Identifier: Apache-2.0
// Copies a token. Over plain HTTP browsers have no clipboard for pages, but still the old command.
import { say } from "./dom.js";

async function copy(source) {
  const range = document.createRange();
  range.selectNodeContents(source);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  if (navigator.clipboard) await navigator.clipboard.writeText(source.textContent);
  else document.execCommand("copy");
}

function attach() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const source = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.onclick = async () => {
      await copy(source);
      say(source.parentElement.dataset.copied, "ok");
    };
  }
}

attach();
document.body.addEventListener("htmx:afterSettle", attach);
