/* People are shown after a dialog, and no longer than their grant: then the page hides them by itself and says so. */
"use strict";
{
  const SOON = 60;
  const dialog = () => document.getElementById("consent");
  const people = () => document.querySelector("#people[data-seconds]");

  /* The dialog. Where it cannot be had, the link does what it does without scripts. */
  let link = null;

  function ask(event) {
    const found = event.target.closest("a[data-people]");
    if (!found || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    link = found;
    htmx.ajax("GET", link.href, { target: "#consent", swap: "innerHTML" }).catch(() => {});
  }

  function show({ detail: { target } }) {
    if (target === dialog() && !target.open) target.showModal();
  }

  function fails({ detail: { target } }) {
    if (target !== dialog()) return;
    const note = target.open && target.querySelector("[role=alert]");
    if (!note) return location.assign(link.href);
    note.textContent = "The grant could not be opened just now. What you wrote is kept; try again.";
    note.hidden = false;
  }

  /* The grant. Its end is told by the server's count of seconds, so that a wrong clock changes nothing. */
  const ended = new BroadcastChannel("people");
  let until = 0;

  function tick() {
    if (!people()) return;
    const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    people().querySelector("[data-left]").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    people().querySelector(".grant").classList.toggle("soon", seconds <= SOON);
    if (!seconds) hide();
  }

  function hide() {
    const page = people();
    page.removeAttribute("data-seconds");
    for (const part of page.querySelectorAll(".grant, .head ~ *")) part.remove();
    page.append(document.getElementById("over").content.cloneNode(true));
    page.querySelector(".state").focus();
  }

  function refused({ detail: { xhr } }) {
    if (people() && xhr.status === 403) hide();
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.addEventListener("click", ask);
    const on = (name, act) => document.body.addEventListener(`htmx:${name}`, act);
    on("afterSwap", show);
    for (const failure of ["responseError", "sendError", "timeout"]) on(failure, fails);
    on("responseError", refused);
    if (!people()) return;
    until = Date.now() + 1000 * people().dataset.seconds;
    tick();
    setInterval(tick, 1000);
    document.addEventListener("visibilitychange", tick);
    const { campaign } = people().dataset;
    document.querySelector(".grant").addEventListener("submit", () => ended.postMessage(campaign));
    ended.addEventListener("message", ({ data }) => { if (people() && data === campaign) hide(); });
    addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
  });
}
