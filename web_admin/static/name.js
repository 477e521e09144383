// SPDX-License-Identifier: Apache-2.0
// Says whether the name that is typed is somebody's who is there.
import { byId, setText } from "./dom.js";

const key = (name) => name.normalize("NFKC").trim().replace(/\s+/g, " ").toLowerCase();
const known = new Map([...byId("names").options].map(({ value }) => [key(value), value]));
const field = byId("name");
const hint = byId("name-hint");

function tell() {
  const name = known.get(key(field.value));
  setText(hint, name ? hint.dataset.known.replace("{name}", name) : hint.dataset.new);
}

field.addEventListener("input", tell);
tell();
