/* What a page does by itself: it applies filters at once, keeps its figures fresh without a jump, says how old they are,
   and puts a receipt beside its figure. */
"use strict";
{
  const REFRESH_AFTER = 30_000;
  const page = () => document.querySelector(".marketing .page[data-url]");
  let shown = { urls: [], tag: "", at: Date.now(), asOf: 0 }; // what stands on the page, and since when
  let asked = { url: "", at: Date.now() }; // the last request, whatever became of it
  let inFlight = "";

  function remember(url, at, seconds) {
    const { dataset } = page();
    shown = { urls: [dataset.url, url], tag: dataset.tag, at, asOf: at - 1000 * seconds };
  }

  const secondsOnPage = () => Number(document.getElementById("fresh")?.dataset.seconds) || 0;

  function addressOf(elt, path) {
    return elt.id === "filters" ? `${path}?${new URLSearchParams(new FormData(elt))}` : path;
  }

  /* Freshness */
  function words(seconds) {
    if (seconds < 120) return `${Math.max(0, Math.floor(seconds))} s`;
    if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
    return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} days`;
  }

  function tellAge() {
    const age = document.querySelector("[data-age]");
    if (age) age.textContent = `${words((Date.now() - shown.asOf) / 1000)} ago`;
  }

  function tellTrouble(text) {
    const stale = document.getElementById("stale");
    if (!stale) return;
    stale.hidden = !text;
    if (stale.textContent !== text) stale.textContent = text;
  }

  function refreshIfDue() {
    if (document.hidden || inFlight || !document.getElementById("refresh")) return;
    if (Date.now() - Math.max(shown.at, asked.at) >= REFRESH_AFTER) htmx.trigger("#refresh", "refresh");
  }

  function tick() {
    tellAge();
    refreshIfDue();
  }

  /* Requests: an answer that is on the page already, or on its way, is not asked for again. */
  function confirm(event) {
    const { elt, path, target } = event.detail;
    if (target !== page()) return;
    const url = addressOf(elt, path);
    const young = shown.urls.includes(url) && Date.now() - shown.at < REFRESH_AFTER && !document.getElementById("failed");
    if (url === inFlight || (young && !inFlight)) event.preventDefault();
  }

  function beforeRequest({ detail }) {
    if (detail.target !== page()) return;
    inFlight = addressOf(detail.elt, detail.pathInfo.requestPath);
    asked = { url: inFlight, at: Date.now() };
  }

  function configRequest({ detail }) {
    if (detail.elt.id === "refresh" && shown.tag) detail.headers["If-None-Match"] = shown.tag;
  }

  function beforeSwap({ detail }) {
    const ours = detail.target === page() && detail.requestConfig.elt.id !== "refresh";
    if (ours && detail.xhr.status === 503) detail.shouldSwap = true; // other filters: old figures would be wrong ones
  }

  function afterRequest({ detail }) {
    if (detail.target !== page()) return;
    inFlight = "";
    const { status } = detail.xhr;
    if (status === 304 || (status >= 200 && status < 300) || status === 400) {
      remember(asked.url, asked.at, Number(detail.xhr.getResponseHeader("Figures-Age")));
      tellTrouble("");
    } else if (detail.requestConfig.elt.id === "refresh" && status !== 0) {
      tellTrouble("could not refresh; the figures shown are kept, the next try is in 30 s");
    }
    tellAge();
  }

  function noConnection({ detail }) {
    if (detail.target !== page()) return;
    inFlight = "";
    tellTrouble("no connection; the figures shown are kept, the next try is in 30 s");
  }

  /* Filters apply when chosen; a date when it is complete, which while typing it is not. */
  function applyFilter({ target }) {
    const form = target.form;
    if (!form || form.id !== "filters") return;
    if (target.type === "date" && target.matches(":focus") && !(target.value >= "2000")) return;
    form.requestSubmit();
  }

  /* Receipts stand beside what they explain. */
  function place({ target, newState }) {
    if (newState !== "open" || !target.classList.contains("receipt") || matchMedia("(max-width: 560px)").matches) return;
    const asker = document.querySelector(`.ask[popovertarget="${target.id}"]`).getBoundingClientRect();
    const left = Math.min(asker.left - 40, innerWidth - target.offsetWidth - 16);
    const top = Math.min(asker.bottom + 8, innerHeight - target.offsetHeight - 16);
    target.style.left = `${Math.max(16, left)}px`;
    target.style.top = `${Math.max(16, top)}px`;
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (!page()) return;
    remember("", Date.now() - Math.min(performance.now(), REFRESH_AFTER), secondsOnPage());
    tick();
    setInterval(tick, 1000);
    document.addEventListener("visibilitychange", tick);
    document.addEventListener("change", applyFilter);
    document.addEventListener("toggle", place, true);
    const on = (name, act) => document.body.addEventListener(`htmx:${name}`, act);
    on("configRequest", configRequest);
    on("confirm", confirm);
    on("beforeRequest", beforeRequest);
    on("beforeSwap", beforeSwap);
    on("afterRequest", afterRequest);
    on("sendError", noConnection);
    on("timeout", noConnection);
    on("sendAbort", ({ detail }) => { if (detail.target === page()) inFlight = ""; });
    on("historyRestore", () => { inFlight = ""; remember("", Date.now(), secondsOnPage()); tick(); });
  });
}
