/* A decision can be taken back for some seconds: a bar says how many are left, then it goes and the button with it. */
"use strict";
{
  const ends = new WeakMap();

  function tick() {
    for (const undo of document.querySelectorAll(".undo[data-seconds]")) {
      if (!ends.has(undo)) ends.set(undo, Date.now() + 1000 * undo.dataset.seconds);
      const left = (ends.get(undo) - Date.now()) / 1000;
      undo.querySelector("progress").value = Math.max(0, left);
      if (left <= 0) end(undo);
    }
  }

  function end(undo) {
    const card = undo.closest("article");
    const focused = undo.contains(document.activeElement);
    undo.remove();
    if (focused) card.focus({ preventScroll: true });
  }

  document.addEventListener("DOMContentLoaded", () => {
    tick();
    setInterval(tick, 100);
    document.body.addEventListener("htmx:afterSwap", tick);
  });
}
