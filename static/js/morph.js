/* Swaps a fragment in by changing only what differs, so that scroll, focus, open receipts, open tables and drawn charts
   stay. Elements are matched by id, else by their place. An htmx extension: hx-ext="morph" hx-swap="morph". */
"use strict";
{
  // What belongs to the person in front of the page, or to a script, and not to the server.
  const THEIRS = new Set(["open", "hidden", "style"]);

  function same(one, other) {
    return one.nodeType === other.nodeType && one.nodeName === other.nodeName && (one.id || "") === (other.id || "");
  }

  function morph(now, next) {
    if (now.nodeType !== Node.ELEMENT_NODE) {
      if (now.nodeValue !== next.nodeValue) now.nodeValue = next.nodeValue;
      return;
    }
    if (now.isEqualNode(next)) return;
    morphState(now, next);
    morphAttributes(now, next);
    if (!now.hasAttribute("data-keep")) morphChildren(now, next);
  }

  /* What a person has chosen or typed stays until the server says something new, and under their fingers even then. */
  function morphState(now, next) {
    if (now === document.activeElement) return;
    if (now.defaultChecked !== next.defaultChecked) now.checked = next.checked;
    if (now.defaultSelected !== next.defaultSelected) now.selected = next.selected;
    if (now.matches("input") && now.defaultValue !== next.defaultValue) now.value = next.value;
  }

  function morphAttributes(now, next) {
    for (const { name, value } of [...next.attributes]) {
      if (!THEIRS.has(name) && now.getAttribute(name) !== value) now.setAttribute(name, value);
    }
    for (const { name } of [...now.attributes]) {
      if (!THEIRS.has(name) && !next.hasAttribute(name)) now.removeAttribute(name);
    }
  }

  function morphChildren(now, next) {
    let place = now.firstChild;
    for (const wanted of [...next.childNodes]) {
      const found = place && same(place, wanted) ? place : withId(now, wanted);
      if (!found) {
        now.insertBefore(wanted, place);
      } else {
        if (found !== place) move(now, found, place);
        else place = place.nextSibling;
        morph(found, wanted);
      }
    }
    while (place) {
      const gone = place;
      place = place.nextSibling;
      gone.remove();
    }
  }

  /* Where browsers can, what is moved keeps its scroll and focus. */
  function move(parent, child, place) {
    if (parent.moveBefore) parent.moveBefore(child, place);
    else parent.insertBefore(child, place);
  }

  function withId(parent, wanted) {
    return wanted.id ? [...parent.children].find((child) => same(child, wanted)) : undefined;
  }

  htmx.defineExtension("morph", {
    isInlineSwap: (style) => style === "morph",
    handleSwap(style, target, fragment) {
      if (style !== "morph") return false;
      const focused = document.activeElement;
      morph(target, fragment.firstElementChild);
      if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
      return [target];
    },
  });
}
