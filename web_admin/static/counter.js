// SPDX-License-Identifier: Apache-2.0
// Pictures that are chosen as counter-examples are made smaller, in their place in the form.
import { byId, say } from "./dom.js";
import { shrink } from "./shrink.js";

const input = byId("f-image");
const button = input.form.querySelector("button[type=submit]");

input.addEventListener("change", async () => {
  button.disabled = true;
  byId("message").replaceChildren();
  try {
    const small = new DataTransfer();
    for (const file of input.files) {
      small.items.add(new File([await shrink(file)], file.name, { type: "image/jpeg" }));
    }
    input.files = small.files;
  } catch (error) {
    input.value = "";
    say(error.isHeic ? input.dataset.heic : input.dataset.unreadable, "failed");
  } finally {
    button.disabled = false;
  }
});
