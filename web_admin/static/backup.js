// SPDX-License-Identifier: Apache-2.0
// How strong a passphrase is, and how far an upload has come. Both pages work without.

const FAIR_BITS = 45;
const GOOD_BITS = 70;

/** What a guesser has to try, in bits: what is repeated or in a row counts once. */
function bits(text) {
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/].filter((kind) => kind.test(text)).length;
  const varied = [...text].filter((letter, i, all) => {
    const step = i && letter.codePointAt(0) - all[i - 1].codePointAt(0);
    return i === 0 || Math.abs(step) > 1;
  });
  const different = new Set(varied).size;
  return Math.min(varied.length, different * 2) * (2 + kinds);
}

function watchPassphrase(form) {
  const { passphrase, again, plain } = form.elements;
  const box = document.getElementById("strength");
  const [bar, words] = box.children;
  const show = () => {
    const strength = bits(passphrase.value);
    const level = strength >= GOOD_BITS ? "good" : strength >= FAIR_BITS ? "fair" : "weak";
    const differs = again.value !== "" && again.value !== passphrase.value;
    box.hidden = passphrase.value === "";
    bar.value = Math.min(100, (100 * strength) / GOOD_BITS);
    words.textContent = differs ? box.dataset.differ : box.dataset[level];
    if (passphrase.value) plain.checked = false;
  };
  passphrase.addEventListener("input", show);
  again.addEventListener("input", show);
  plain.addEventListener("change", () => {
    if (plain.checked) passphrase.value = again.value = "";
    show();
  });
}

function watchUpload(form) {
  const box = document.getElementById("upload");
  const [words, bar] = box.children;
  const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
  form.addEventListener("htmx:xhr:progress", ({ detail }) => {
    if (!detail.lengthComputable || !form.elements.backup) return;
    const part = detail.loaded / detail.total;
    box.hidden = false;
    bar.value = part;
    words.textContent = part < 1 ? box.dataset.uploading.replace("{part}", percent.format(part)) : box.dataset.uploaded;
  });
  form.addEventListener("htmx:afterRequest", () => {
    box.hidden = true;
  });
}

const made = document.getElementById("new-backup");
if (made) watchPassphrase(made);
const restore = document.getElementById("restore");
if (restore) watchUpload(restore);
