// SPDX-License-Identifier: Apache-2.0
// Keeps the page current: the picture as fast as it is good for everybody, the rest every two seconds.
import { every } from "./dom.js";
import { pollLive } from "./live.js";
import { pollState } from "./state.js";

for (const card of document.querySelectorAll(".card.live")) every(150, pollLive(card));
every(2_000, pollState);
