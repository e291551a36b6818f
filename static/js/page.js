/* What a page does by itself: it applies filters at once, keeps its figures fresh without a jump, says how old they are,
   and shows where a figure comes from. */
"use strict";
{
  const REFRESH_AFTER = 30_000;
  const STALE_AFTER = 300_000;
  const page = () => document.querySelector(".marketing .page[data-url]");
  let shown = { urls: [], tag: "", at: Date.now(), asOf: 0 }; // what stands on the page, and since when
  let asked = { url: "", at: Date.now() }; // the last request, whatever became of it
  let inFlight = "";

  function remember(url, at, seconds) {
    const { dataset } = page();
    shown = { urls: [dataset.url, url], tag: dataset.tag, at, asOf: at - 1000 * seconds };
  }

  const isPoll = (detail) => detail.requestConfig.elt.id === "refresh";
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
    const behind = document.getElementById("behind");
    if (behind) behind.hidden = !("said" in behind.dataset) && Date.now() - shown.asOf < STALE_AFTER;
  }

  function tellTrouble(text) {
    const stale = document.getElementById("stale");
    if (!stale) return;
    stale.hidden = !text;
    if (stale.textContent !== text) stale.textContent = text;
  }

  /* A change of filter that could not be shown: the figures are the old ones, so the filters are, too. */
  let failed = "";

  function tellNotApplied(why) {
    const note = document.getElementById("not-applied");
    failed = asked.url;
    document.getElementById("filters").reset(); // to the words that the server sent with these figures
    note.hidden = !why;
    note.querySelector("span").textContent = why && `Not applied: ${why}. Figures and filters are those from before your change.`;
  }

  function tryAgain({ target }) {
    if (target.id === "try-again") htmx.ajax("GET", failed, { source: target });
  }

  function fails(detail, why) {
    if (detail.target !== page()) return;
    inFlight = "";
    if (isPoll(detail)) tellTrouble(`could not refresh: ${why}; the figures shown are kept, the next try is in 30 s`);
    else tellNotApplied(why);
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
    if (isPoll(detail)) return;
    page().ariaBusy = "true";
    document.querySelector(".sheet:popover-open")?.hidePopover();
  }

  function configRequest({ detail }) {
    if (detail.elt.id === "refresh" && shown.tag) detail.headers["If-None-Match"] = shown.tag;
  }

  // The page itself says that its figures could not be read; a 503 of somebody in between has no such header.
  const saysFailed = ({ xhr }) => xhr.status === 503 && xhr.getResponseHeader("HX-Push-Url") !== null;

  // So is what may not be done any more told where it was tried; other 403s are not of ours.
  const saysForbidden = ({ xhr }) => xhr.status === 403 && xhr.getResponseHeader("HX-Retarget") !== null;

  function beforeSwap({ detail }) {
    if (detail.target === page() && !isPoll(detail) && saysFailed(detail)) detail.shouldSwap = true;
    if (saysForbidden(detail)) detail.shouldSwap = true;
  }

  function afterRequest({ detail }) {
    if (detail.target !== page()) return;
    inFlight = "";
    page().ariaBusy = null;
    const { status } = detail.xhr;
    if ((status >= 200 && status <= 400) || (saysFailed(detail) && !isPoll(detail))) {
      remember(asked.url, asked.at, Number(detail.xhr.getResponseHeader("Figures-Age")));
      tellTrouble("");
      if (!isPoll(detail)) tellNotApplied("");
    } else if (status) {
      fails(detail, `the server answered ${status}`);
    }
    tellAge();
  }

  /* Filters apply when chosen; a date when it is complete, which while typing it is not. */
  function applyFilter({ target }) {
    if (target.form?.id !== "filters" || target.type === "checkbox") return; // columns are shown when all are chosen
    if (target.type === "date" && target.matches(":focus") && !(target.value >= "2000")) return;
    keepOrder(target, target.form.elements);
    target.form.requestSubmit();
  }

  // The date set last stands; the other one goes along.
  function keepOrder(target, { from, to }) {
    if (from?.value && to?.value && from.value > to.value) (target === from ? to : from).value = target.value;
  }

  /* Receipts: a figure tells where it comes from, beside itself; in a new tab, on a page of its own. */
  const receipt = () => document.getElementById("receipt");
  let asker = null;

  function askReceipt(event) {
    const link = event.target.closest("a:is(.figure, .ask)");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    asker = link;
    htmx.ajax("GET", link.href, { target: "#receipt", swap: "innerHTML" }).catch(() => {}); // showReceipt tells
  }

  function showReceipt({ detail: { target, xhr } }) {
    if (target !== receipt() || xhr.getResponseHeader("HX-Redirect")) return;
    if (xhr.status !== 200 && xhr.status !== 400) target.textContent = `Could not be read: ${xhr.status ? `the server answered ${xhr.status}` : "no connection"}.`;
    asker?.focus(); // which gets it back when the receipt is closed
    target.showPopover();
    if (!matchMedia("(max-width: 560px)").matches) place(target, asker.getBoundingClientRect());
  }

  function place(target, beside) {
    const left = Math.min(beside.left - 40, innerWidth - target.offsetWidth - 16);
    const top = Math.min(beside.bottom + 8, innerHeight - target.offsetHeight - 16);
    target.style.left = `${Math.max(16, left)}px`;
    target.style.top = `${Math.max(16, top)}px`;
  }

  /* A table's figures are one stop for Tab; arrows go from one to the next. */
  const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  function roam(event) {
    const cell = event.target.closest("td > .figure")?.parentElement;
    const [down, right] = ARROWS[event.key] ?? [0, 0];
    if (!cell || !(down || right)) return;
    const rows = [...cell.closest("table").rows];
    let [row, column] = [rows.indexOf(cell.parentElement), cell.cellIndex];
    do [row, column] = [row + down, column + right];
    while (rows[row]?.cells[column] && !rows[row].cells[column].querySelector(".figure"));
    rows[row]?.cells[column]?.querySelector(".figure").focus();
    event.preventDefault();
  }

  function keepOneStop({ target }) {
    if (!target.matches("td > .figure")) return;
    for (const figure of target.closest("table").querySelectorAll("td > .figure")) figure.tabIndex = figure === target ? 0 : -1;
  }

  /* What was chosen in a sheet and not applied is forgotten when it closes. */
  function forget({ target, newState }) {
    if (newState !== "closed" || !target.matches(".sheet")) return;
    for (const box of target.querySelectorAll("input[type=checkbox]")) box.checked = box.defaultChecked;
  }

  /* A form that could not be sent says so; one that the server refused says why itself. */
  function tellNotSent({ detail: { elt, xhr } }) {
    const note = elt.matches("form") && elt.closest("section, article")?.querySelector("[data-failed]");
    if (note) note.hidden = (xhr.status >= 200 && xhr.status <= 400) || xhr.status === 409 || saysForbidden({ xhr });
  }

  /* A panel of another app is asked for again when the page has other filters. */
  const asking = new WeakMap();

  function renewPanels() {
    for (const panel of document.querySelectorAll(".panel")) {
      const url = panel.getAttribute("hx-get");
      if (asking.has(panel) && asking.get(panel) !== url) htmx.trigger(panel, "renew");
      asking.set(panel, url);
    }
  }

  /* On a small screen the tabs scroll; the open one is in sight. */
  function showTab(tab) {
    if (tab) tab.parentElement.scrollLeft += tab.getBoundingClientRect().right + 16 - innerWidth;
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.body.addEventListener("htmx:afterRequest", tellNotSent);
    showTab(document.querySelector(".marketing .tabs [aria-current]"));
    if (!page()) return;
    remember("", Date.now() - Math.min(performance.now(), REFRESH_AFTER), secondsOnPage());
    renewPanels();
    tick();
    setInterval(tick, 1000);
    document.addEventListener("visibilitychange", tick);
    document.addEventListener("change", applyFilter);
    document.addEventListener("click", tryAgain);
    document.addEventListener("toggle", forget, true);
    document.addEventListener("click", askReceipt);
    document.addEventListener("keydown", roam);
    document.addEventListener("focusin", keepOneStop);
    const on = (name, act) => document.body.addEventListener(`htmx:${name}`, act);
    on("configRequest", configRequest);
    on("afterSettle", renewPanels);
    on("confirm", confirm);
    on("beforeRequest", beforeRequest);
    on("beforeSwap", beforeSwap);
    on("afterRequest", afterRequest);
    on("afterRequest", showReceipt);
    on("sendError", ({ detail }) => fails(detail, "no connection"));
    on("timeout", ({ detail }) => fails(detail, `no answer within ${htmx.config.timeout / 1000} s`));
    on("sendAbort", ({ detail }) => { if (detail.target === page()) inFlight = ""; });
    on("historyRestore", () => { inFlight = ""; remember("", Date.now(), secondsOnPage()); tick(); });
  });
}
