// SPDX-License-Identifier: Apache-2.0
// One tick for all that are listed.
import { byId } from "./dom.js";

const all = byId("tick-all");
const ticks = () => [...document.querySelectorAll("input[name=id]")];

function show() {
  const ticked = ticks().filter((tick) => tick.checked).length;
  all.checked = ticked === ticks().length;
  all.indeterminate = ticked > 0 && !all.checked;
}

if (all) {
  all.closest("label").hidden = false;
  all.addEventListener("change", () => ticks().forEach((tick) => (tick.checked = all.checked)));
  all.form.addEventListener("change", show);
  addEventListener("pageshow", show);
}
