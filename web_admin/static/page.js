// SPDX-License-Identifier: Apache-2.0
// Keeps the page current: the picture about five times a second, the rest every two seconds.
import { pollLive } from "./live.js";
import { pollState } from "./state.js";

const HIDDEN_MS = 10_000;

every(200, pollLive);
every(2_000, pollState);

// The next poll starts only when the one before is done, so a slow network is not flooded.
async function every(milliseconds, poll) {
  for (;;) {
    await poll();
    await pause(document.hidden ? HIDDEN_MS : milliseconds);
  }
}

// Ends early when the page is looked at again.
function pause(milliseconds) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    document.addEventListener("visibilitychange", done);
  });
}
