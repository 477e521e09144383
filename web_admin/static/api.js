// SPDX-License-Identifier: Apache-2.0
// Calls of /api/v1 with the session of whoever is logged in.

// The prefix under which the site is served; empty for none.
export const base = document.documentElement.dataset.root;

export class Problem extends Error {
  constructor({ status, type, detail }) {
    super(detail);
    this.status = status;
    this.type = type;
  }
}

// The answer as JSON, null where there is none. `body`: an object is sent as JSON, FormData and Blob as they are.
// Throws Problem for what whod refuses, TypeError where nobody answers.
export async function api(method, path, body, { signal, headers = {} } = {}) {
  const response = await fetch(`${base}/api/v1${path}`, {
    method,
    signal,
    cache: "no-store",
    headers: { ...sent(body), "X-CSRF-Token": document.querySelector("meta[name=csrf]").content, ...headers },
    body: isPlain(body) ? JSON.stringify(body) : body,
  });
  if (response.status === 401) location.assign(`${base}/login`);
  if (!response.ok) throw new Problem(await problem(response));
  return response.status === 204 ? null : response.json();
}

export const get = (path, options) => api("GET", path, undefined, options);
export const post = (path, body, options) => api("POST", path, body, options);

const isPlain = (body) => body !== undefined && !(body instanceof FormData) && !(body instanceof Blob);

function sent(body) {
  return isPlain(body) ? { "Content-Type": "application/json" } : {};
}

async function problem(response) {
  if (response.headers.get("Content-Type")?.startsWith("application/problem+json")) return response.json();
  return { status: response.status, type: "about:blank", detail: document.documentElement.dataset.unanswered };
}
