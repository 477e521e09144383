// SPDX-License-Identifier: Apache-2.0
// Sliders, the zone on the picture, and the broker's test without losing the password that was typed.

import { api } from "./api.js";
import { byId, element, every, icon } from "./dom.js";

const form = byId("settings");
const field = (name) => form.elements[name];

for (const slider of document.querySelectorAll("input[type=range][data-for]")) {
  const number = byId(slider.dataset.for);
  slider.hidden = false;
  slider.value = number.value;
  slider.addEventListener("input", () => (number.value = slider.value));
  number.addEventListener("input", () => (slider.value = number.value));
}

const picture = document.querySelector(".whole");
if (picture) zone(picture);
byId("test")?.addEventListener("click", test);

// Percent of the picture: x, y, width, height.
function zone(box) {
  const image = box.querySelector("img");
  const rect = box.querySelector("rect");
  const inputs = [...field("camera.zone")];
  const none = box.querySelector(".over");
  const whole = byId("whole");
  const pinned = inputs[0].disabled;

  const show = () => {
    const parts = inputs.map((input) => Number(input.value.replace(",", ".")));
    ["x", "y", "width", "height"].forEach((name, at) => rect.setAttribute(name, `${parts[at] || 0}%`));
  };
  const set = (parts) => {
    parts.forEach((part, at) => (inputs[at].value = String(Math.round(part * 10) / 10)));
    show();
  };
  inputs.forEach((input) => input.addEventListener("input", show));

  let from = null;
  const at = (event) => {
    const edge = box.getBoundingClientRect();
    const part = (value, start, length) => Math.min(100, Math.max(0, (100 * (value - start)) / length));
    return [part(event.clientX, edge.left, edge.width), part(event.clientY, edge.top, edge.height)];
  };
  const drag = (event) => {
    const [x, y] = at(event);
    set([Math.min(x, from[0]), Math.min(y, from[1]), Math.abs(x - from[0]), Math.abs(y - from[1])]);
  };
  if (!pinned) {
    box.classList.add("drawn");
    whole.hidden = false;
    whole.addEventListener("click", () => set([0, 0, 100, 100]));
    let before;
    box.addEventListener("pointerdown", (event) => {
      before = inputs.map((input) => Number(input.value));
      from = at(event);
      box.setPointerCapture(event.pointerId);
    });
    box.addEventListener("pointermove", (event) => from && drag(event));
    box.addEventListener("pointerup", (event) => {
      if (from && Math.hypot(...at(event).map((value, axis) => value - from[axis])) < 3) set(before); // a tap
      from = null;
    });
    box.addEventListener("pointercancel", () => (from = null));
  }

  const fetchPicture = async () => {
    const turned = new URLSearchParams({
      rotation: field("camera.rotation").value,
      hflip: Number(field("camera.hflip").checked),
      vflip: Number(field("camera.vflip").checked),
    });
    try {
      const answer = await fetch(`${box.dataset.src}?${turned}`);
      const there = answer.status === 200;
      none.hidden = there;
      if (!there) return;
      const before = image.src;
      image.src = URL.createObjectURL(await answer.blob());
      if (before.startsWith("blob:")) URL.revokeObjectURL(before);
    } catch {
      none.hidden = false;
    }
  };
  for (const name of ["camera.rotation", "camera.hflip", "camera.vflip"]) field(name).addEventListener("change", fetchPicture);
  every(1000, fetchPicture);
}

const NUMBERS = ["mqtt.port", "mqtt.fresh_s", "mqtt.keepalive_s"];

function typed({ name, value }) {
  const number = Number(value.replace(",", "."));
  return NUMBERS.includes(name) && value && !Number.isNaN(number) ? number : value.trim();
}

async function test(event) {
  event.preventDefault();
  const trial = byId("trial");
  const button = byId("test");
  const settings = {};
  for (const input of form.elements) {
    if (!input.name.startsWith("mqtt.") || input.disabled) continue;
    if (input.matches("[role=switch]")) settings[input.name] = input.checked;
    else if (input.type === "checkbox") {
      settings[input.name] ??= [];
      if (input.checked) settings[input.name].push(input.value);
    } else settings[input.name] = typed(input);
  }
  const body = { settings };
  if (form.elements.mqtt_password?.value) body.mqtt_password = form.elements.mqtt_password.value;
  else if (form.elements.forget_password?.checked) body.mqtt_password = "";
  button.disabled = true;
  trial.replaceChildren(element("p", "quiet", trial.dataset.asking));
  try {
    const found = await api("POST", "/settings/broker-test", body);
    const said = { place: found.place, host: found.place.replace(/:\d+$/, ""), sentence: found.sentence };
    const text = trial.getAttribute(`data-${found.kind}`) ?? found.sentence;
    answer(text.replace(/\{(\w+)\}/g, (_, name) => said[name]), found.works);
  } catch (error) {
    answer(error.message, false);
  }
  button.disabled = false;

  function answer(text, works) {
    const kind = works ? "ok" : "failed";
    trial.replaceChildren(element("div", `notice ${kind}`, icon(works ? "check" : "alert"), element("p", "grow", text)));
    trial.scrollIntoView({ block: "nearest" });
  }
}
