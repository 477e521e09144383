// SPDX-License-Identifier: Apache-2.0
// Shows what is typed into the password fields, for whoever types a long one on a phone.

for (const choice of document.querySelectorAll("[data-show]")) {
  choice.hidden = false;
  const fields = [...choice.closest("form").querySelectorAll("input[type=password]")];
  const show = (shown) => {
    for (const field of fields) field.type = shown ? "text" : "password";
  };
  choice.addEventListener("change", ({ target }) => show(target.checked));
  // Sent as a password, so that no browser keeps it among what was typed before.
  choice.closest("form").addEventListener("submit", () => show(false), { capture: true });
}
