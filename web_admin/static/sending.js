// SPDX-License-Identifier: Apache-2.0
// Sends a form and tells how far it is, which fetch cannot.

export class Offline extends Error {}

// Gives { status, text, redirect }; a redirect is followed. Throws Offline where nobody answers, and AbortError when `signal` says so.
export function send(url, form, { headers = {}, signal, onProgress } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("X-CSRF-Token", document.querySelector("meta[name=csrf]").content);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    if (onProgress) request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded, total));
    request.addEventListener("load", () => {
      const redirect = request.getResponseHeader("HX-Redirect");
      if (redirect) location.assign(redirect);
      resolve({ status: request.status, text: request.responseText, redirect });
    });
    request.addEventListener("error", () => reject(new Offline()));
    request.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

const PATIENCE_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

// The same, but goes on trying where nobody answers; `onOffline` is told each time. The same key each time makes sure
// that nothing is done twice.
export async function sendSurely(url, form, { headers = {}, onOffline, ...options } = {}) {
  const sent = { ...headers, "Idempotency-Key": key() };
  for (const wait of PATIENCE_MS) {
    try {
      const answer = await send(url, form, { headers: sent, ...options });
      if (answer.status !== 503) return answer;
    } catch (error) {
      if (!(error instanceof Offline)) throw error;
    }
    onOffline?.();
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  return send(url, form, { headers: sent, ...options });
}

// crypto.randomUUID is for HTTPS alone.
function key() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
