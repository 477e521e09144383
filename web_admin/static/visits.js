// SPDX-License-Identifier: Apache-2.0
// Days begin where the reader is, if that is another time zone than whod's.
import { byId } from "./dom.js";

const filter = byId("filter");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const address = new URL(location);

if (Number(filter.dataset.offset) !== -new Date().getTimezoneOffset() && !address.searchParams.has("zone") && zone) {
  address.searchParams.set("zone", zone);
  location.replace(address);
}
