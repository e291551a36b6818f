/* Uploading: a file is dropped or chosen and goes at once; how far it is, how fast, and stopping it. */
"use strict";
{
  const MEGABYTE = 1e6;
  const form = () => document.getElementById("drop");
  const said = (text) => { document.getElementById("sending").textContent = text; };
  let since = 0;

  function begin(file) {
    const { most, largest } = form().dataset;
    if (file.size > Number(most)) return refuse(`The file is larger than ${largest}, the most that is taken. Pack it with gzip, or split it.`);
    if (!file.size) return refuse("The file is empty; its first line must name the columns.");
    refuse("");
    form().requestSubmit();
  }

  function refuse(why) {
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = why;
    document.getElementById("upload-problem").replaceChildren(...(why ? [note] : []));
    if (why) document.getElementById("file").value = "";
  }

  function show(sending) {
    form().querySelector(".choose").hidden = sending;
    form().querySelector(".sending").hidden = !sending;
  }

  function tell({ detail: { loaded, total, lengthComputable } }) {
    if (!lengthComputable || !since || !form().contains(document.getElementById("stop"))) return;
    const seconds = (Date.now() - since) / 1000;
    const rate = loaded / Math.max(seconds, 0.1);
    form().querySelector("progress").value = (100 * loaded) / total;
    const left = loaded < total ? `, about ${Math.ceil((total - loaded) / rate)} s left` : ", storing the last of it";
    said(`${(loaded / MEGABYTE).toFixed(1)} of ${(total / MEGABYTE).toFixed(1)} MB${seconds > 1 ? left : ""}`);
  }

  function ends(why) {
    since = 0;
    show(false);
    refuse(why);
  }

  /* What comes back is told to where it goes, what is sent to the form. */
  const ours = ({ target, detail }) => [target, detail.elt, detail.requestConfig?.elt].includes(form());

  document.addEventListener("DOMContentLoaded", () => {
    const on = (name, act) => document.body.addEventListener(`htmx:${name}`, (event) => { if (ours(event)) act(event); });
    ready();
    on("beforeRequest", () => { since = Date.now(); show(true); said("Uploading"); });
    on("xhr:progress", tell);
    on("beforeSwap", ({ detail }) => { if (detail.xhr.status === 413 || detail.xhr.status === 503) { detail.shouldSwap = true; detail.isError = false; since = 0; } });
    on("sendAbort", () => ends("Stopped; nothing of the file was kept."));
    on("sendError", () => ends("The connection was lost; nothing of the file was kept. Try again."));
    on("responseError", ({ detail }) => ends(`Not taken: the server answered ${detail.xhr.status}. Nothing of the file was kept.`));
    document.body.addEventListener("htmx:afterSettle", ready);
  });

  /* Also after the form came back with what is wrong. */
  function ready() {
    if (!form() || form().dataset.ready) return;
    form().dataset.ready = "yes";
    const input = document.getElementById("file");
    form().querySelector(".with-scripts").hidden = false;
    document.getElementById("send").hidden = true;
    input.addEventListener("change", () => { if (input.files[0]) begin(input.files[0]); });
    document.getElementById("stop").addEventListener("click", () => htmx.trigger(form(), "htmx:abort"));
    form().addEventListener("dragover", (event) => { event.preventDefault(); form().classList.add("over"); });
    form().addEventListener("dragleave", () => form().classList.remove("over"));
    form().addEventListener("drop", (event) => {
      event.preventDefault();
      form().classList.remove("over");
      const [file] = event.dataTransfer.files;
      if (!file || since) return;
      const one = new DataTransfer();
      one.items.add(file);
      input.files = one.files;
      begin(file);
    });
  }
}
