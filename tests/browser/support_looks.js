// SPDX-License-Identifier: Apache-2.0
// Questions about the page that is open; asked by support_looks.py.

// What makes the page scroll sideways, its width first; empty if it does not.
function overflowing() {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const hides = ["auto", "scroll", "hidden", "clip"];
  const contained = (element) => {
    for (let around = element.parentElement; around && around !== document.body; around = around.parentElement) {
      if (hides.includes(getComputedStyle(around).overflowX)) return true;
    }
    return false;
  };
  const guilty = [...document.body.querySelectorAll("*")].filter(
    (element) => element.getBoundingClientRect().right > clientWidth + 1 && !contained(element),
  );
  return [`${scrollWidth} px of ${clientWidth}`, ...guilty.slice(0, 5).map((element) => element.outerHTML.slice(0, 120))];
}

// Everything that the Tab key should come to. Of radio buttons of one name it comes to one.
function reachable() {
  const kinds = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  const chosen = (radio) => {
    const group = [...document.querySelectorAll(`[type=radio][name="${CSS.escape(radio.name)}"]`)];
    return radio === (group.find((one) => one.checked) ?? group[0]);
  };
  return [...document.querySelectorAll(kinds)]
    .map((element, number) => ({ element, stop: (element.dataset.stop ??= String(number)) }))
    .filter(({ element }) => element.checkVisibility({ visibilityProperty: true }))
    .filter(({ element }) => !element.disabled && element.tabIndex >= 0 && !element.closest("[inert]"))
    .filter(({ element }) => element.type !== "radio" || chosen(element))
    .map(({ element, stop }) => ({ stop, html: element.outerHTML.slice(0, 140) }));
}

// What has the focus, and whether somebody who looks can tell; null if nothing has.
function focused() {
  const element = document.activeElement;
  if (!element || element === document.body || element === document.documentElement) return null;
  const ring = (one) => {
    const style = getComputedStyle(one);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none";
  };
  const { top, bottom, left, right } = element.getBoundingClientRect();
  const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const own = [element, ...(element.labels ?? [])];
  return {
    stop: element.dataset.stop ?? "",
    html: element.outerHTML.slice(0, 140),
    "out of order": element.tabIndex > 0,
    "no ring": !own.some(ring),
    "out of sight": bottom <= 0 || top >= innerHeight || right <= 0 || left >= innerWidth,
    covered: hit !== null && !own.some((one) => one.contains(hit) || hit.contains(one)),
  };
}

// From here the Tab key comes to the first of all.
function rewind() {
  const first = Object.assign(document.createElement("span"), { tabIndex: -1 });
  document.body.prepend(first);
  first.focus();
  first.remove();
}
