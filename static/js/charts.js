/* Draws the figures that the server sends as data. The one place that knows colours and fonts of charts: a trace says
   what it is (`meta`), the theme how that looks. */
"use strict";
{
  const CONFIG = { displayModeBar: false, responsive: false, showTips: false, doubleClick: false, scrollZoom: false };
  const drawn = new Map(); // element -> the figure's text it shows, with the theme it was drawn in
  const narrow = matchMedia("(max-width: 560px)");
  const systemDark = matchMedia("(prefers-color-scheme: dark)");

  function tokens(element) {
    const style = getComputedStyle(element);
    return (name) => style.getPropertyValue(`--${name}`).trim();
  }

  function looks(token) {
    return {
      this: { line: { color: token("series-1"), width: 2 }, marker: { color: token("series-1"), size: 6 } },
      "so far": { line: { color: token("series-1"), width: 2, dash: "2px,3px" }, marker: { color: token("series-1"), size: 6 } },
      funnel: {
        marker: { color: token("series-1") }, opacity: 1, connector: { fillcolor: token("accent-soft"), line: { width: 0 } },
        insidetextfont: { color: token("on-accent"), size: 12 }, outsidetextfont: { color: token("text"), size: 12 },
      },
      bars: { marker: { color: token("series-5"), opacity: 0.55 } },
      best: { marker: { color: token("series-1") } },
      prior: { line: { color: token("series-5"), width: 1.5, dash: "4px,4px" }, marker: { color: token("series-5"), size: 5 } },
    };
  }

  function themed(figure, element) {
    const token = tokens(element);
    const look = looks(token);
    const axis = {
      gridcolor: token("line"), linecolor: token("line"), zeroline: true, zerolinecolor: token("line"), zerolinewidth: 1, automargin: true,
      tickfont: { color: token("faint"), size: 11 }, ticks: "", ticklabelstandoff: 8, showline: false,
    };
    const layout = {
      ...figure.layout,
      template: undefined,
      font: { family: getComputedStyle(element).fontFamily, size: 12, color: token("text") },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      margin: { l: 4, r: 8, t: 8, b: 4 }, showlegend: false, legend: { traceorder: "reversed" }, hovermode: figure.layout.hovermode ?? "x unified", dragmode: false,
      hoverlabel: { bgcolor: token("raised"), bordercolor: token("line-strong"), font: { color: token("text"), size: 12 } },
      xaxis: { ...axis, ...figure.layout.xaxis, showgrid: false, showspikes: false, },
      yaxis: { ...axis, ...figure.layout.yaxis },
      width: element.clientWidth, height: element.clientHeight,
    };
    if (narrow.matches) layout.xaxis.nticks = 4;
    return { data: figure.data.map((trace) => ({ ...trace, ...look[trace.meta] })), layout };
  }

  function draw(element, again) {
    const source = document.getElementById(element.dataset.chart);
    if (!source) return;
    if (drawn.get(element) === source.textContent && !again) return;
    const { data, layout } = themed(JSON.parse(source.textContent), element);
    Plotly.react(element, data, layout, CONFIG);
    if (!drawn.has(element)) sizes.observe(element);
    drawn.set(element, source.textContent);
  }

  function drawAll(again = false) {
    if (!window.Plotly) return;
    purgeGone();
    document.querySelectorAll("[data-chart]").forEach((element) => draw(element, again));
  }

  function purgeGone() {
    for (const element of drawn.keys()) {
      if (!element.isConnected) {
        sizes.unobserve(element);
        Plotly.purge(element);
        drawn.delete(element);
      }
    }
  }

  const sizes = new ResizeObserver(redrawSoon);

  let waiting = 0;
  function redrawSoon() {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => drawAll(true));
  }

  document.addEventListener("DOMContentLoaded", () => {
    drawAll();
    document.getElementById("plotly")?.addEventListener("load", () => drawAll()); // it is big, so nothing waits for it
    systemDark.addEventListener("change", redrawSoon);
    new MutationObserver(redrawSoon).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    document.body.addEventListener("htmx:afterSettle", () => drawAll());
    document.body.addEventListener("htmx:historyRestore", () => drawAll());
  });
}
