/* Uploading: a file is dropped or chosen and goes at once, in parts. One that is lost is sent again, ever later; where the
   file stands the server tells, so the same file chosen later goes on there. How far it is, and stopping it. */
"use strict";
{
  const MEGABYTE = 1e6;
  const STALLED = 60; // seconds in which nothing moves, then the connection is given up
  const LONGEST = 15; // seconds between two tries
  const SIGNED_OUT = "You were signed out. Sign in in another tab, load this page anew and choose the same file: it goes on where it stopped.";
  const CHANGED = "The file cannot be read: it is a folder, or was changed or moved on your disk. Choose it again.";
  const form = () => document.getElementById("drop");
  const said = (text) => { document.getElementById("sending").textContent = text; };
  const megabytes = (bytes) => (bytes / MEGABYTE).toLocaleString("en", { maximumFractionDigits: bytes < 100 * MEGABYTE ? 1 : 0 });
  let sending = null; // what is being uploaded: file, where it stands, the request that is under way

  class Over extends Error {} // another try would not help; the message is for people
  class Refused extends Over {} // one may not; or was signed out, which then only the server can tell
  class Lost extends Error {} // it may help; the message says what happened, without its full stop

  /* One request; its answer as the server says it, of statuses that are answers. */
  function ask(method, path, { body = null, headers = {}, moves = () => {} } = {}) {
    return new Promise((resolve, reject) => {
      const xhr = new XMLHttpRequest();
      let timer = null;
      const wait = () => { clearTimeout(timer); timer = setTimeout(() => { reject(new Lost("Nothing moves any more")); xhr.abort(); }, STALLED * 1000); };
      if (sending) sending.xhr = xhr;
      xhr.open(method, path);
      const token = form().querySelector("[name=csrfmiddlewaretoken]").value;
      for (const [name, value] of Object.entries({ "X-CSRFToken": token, "HX-Request": "true", ...headers })) xhr.setRequestHeader(name, value);
      xhr.upload.addEventListener("progress", ({ loaded }) => { wait(); moves(loaded); });
      xhr.addEventListener("error", () => reject(new Lost("The connection was lost")));
      xhr.addEventListener("abort", () => reject(new Lost("Stopped")));
      xhr.addEventListener("load", () => { try { resolve(answered(xhr)); } catch (error) { reject(error); } });
      xhr.addEventListener("loadend", () => clearTimeout(timer));
      wait();
      xhr.send(body);
    });
  }

  function answered(xhr) {
    if (xhr.getResponseHeader("HX-Redirect")) throw new Over(SIGNED_OUT);
    if (xhr.status === 204) return {};
    const kind = xhr.getResponseHeader("Content-Type") || "";
    const answer = kind.startsWith("application/json") ? JSON.parse(xhr.responseText) : {};
    if ("at" in answer) return { ...answer, elsewhere: xhr.status === 409 };
    if (xhr.status === 503 && answer.problem) throw new Lost("Other files are being uploaded just now");
    if (xhr.status >= 500 || xhr.status === 429 || xhr.status === 408) throw new Lost(`The server could not take it (${xhr.status})`);
    if (answer.problem) throw new Over(answer.problem);
    if (xhr.status === 403) throw new Refused("You may not import files, or not any more; ask an administrator for it, or load this page anew.");
    if (xhr.status === 404) throw new Over("What was here of the file was deleted; choose it again to upload it anew.");
    throw new Over(`Not taken: the server answered ${xhr.status}.`);
  }

  async function upload(file) {
    const { most, largest } = form().dataset;
    if (sending) return;
    if (file.size > Number(most)) return refuse(`The file is larger than ${largest}, the most that is taken. Pack it with gzip, or split it.`);
    if (!file.size) return refuse("The file is empty; its first line must name the columns.");
    const mine = sending = { file, stands: null, xhr: null, from: 0, since: Date.now() };
    let tries = 0;
    refuse("");
    show(true);
    while (sending === mine) {
      try {
        await further(mine, () => { tries = 0; });
        if (mine.stands.to) return location.assign(mine.stands.to);
      } catch (error) {
        if (sending !== mine) return;
        if (error instanceof Refused) return ends(await mayNot(error));
        if (!(error instanceof Lost)) return ends(error instanceof Over ? error.message : `Something is wrong with this page: ${error.message}`);
        await pause(mine, error.message, Math.min(LONGEST, 2 ** tries++) * (0.5 + Math.random() / 2));
        if (mine.stands) mine.unsure = true;
      }
    }
  }

  /* Asks where the file stands if that is not known for sure, else sends the next part. */
  async function further(mine, moved) {
    if (!mine.stands) {
      said("Uploading");
      mine.stands = await ask("POST", form().dataset.begin, { body: await about(mine.file) });
      mine.from = mine.stands.at;
    } else if (mine.unsure) {
      mine.stands = await ask("GET", mine.stands.stands);
      mine.unsure = false;
    } else {
      const { at, part } = mine.stands;
      const body = await read(mine.file.slice(at, at + Number(form().dataset.part)));
      const answer = await ask("POST", part, { body, headers: { "Upload-Offset": at, "Content-Type": "application/octet-stream" }, moves: (loaded) => tell(mine, at + loaded) });
      if (answer.elsewhere) await new Promise((resolve) => setTimeout(resolve, 1000 * Math.random())); // another window sends it, too
      if (answer.at > at || answer.to) moved();
      mine.stands = answer;
    }
    tell(mine, mine.stands.at);
  }

  /* Why one may not: without the cookies of the session the token is refused before anybody asks who it was. */
  async function mayNot(refused) {
    try {
      await ask("GET", sending.stands ? sending.stands.stands : location.pathname);
    } catch (error) {
      if (error.message === SIGNED_OUT) return SIGNED_OUT;
    }
    return refused.message;
  }

  async function about(file) {
    const given = new FormData();
    given.set("name", file.name);
    given.set("size", file.size);
    given.set("modified", Math.max(0, Math.trunc(file.lastModified)));
    given.set("head", new Blob([await read(file.slice(0, Number(form().dataset.head)))]), "head");
    return given;
  }

  /* Before it is sent: so that a file that is gone from the disk is told from a connection that is. */
  const read = (piece) => piece.arrayBuffer().catch(() => { throw new Over(CHANGED); });

  async function pause(mine, why, seconds) {
    const until = Date.now() + seconds * 1000;
    let online = false;
    const now = () => { online = true; };
    window.addEventListener("online", now, { once: true });
    for (let left = seconds; left > 0 && !online && sending === mine; left = (until - Date.now()) / 1000) {
      said(`${why}; trying again in ${Math.ceil(left)} s. ${mine.stands ? `${kept(mine.stands.at, mine.file)} are here.` : ""}`);
      await new Promise((resolve) => setTimeout(resolve, Math.min(1000, left * 1000)));
    }
    window.removeEventListener("online", now);
  }

  const kept = (bytes, file) => `${megabytes(Math.min(bytes, file.size))} of ${megabytes(file.size)} MB`;

  function tell(mine, bytes) {
    if (sending !== mine) return;
    const seconds = (Date.now() - mine.since) / 1000;
    const rate = Math.max(bytes - mine.from, 0) / Math.max(seconds, 0.1);
    form().querySelector("progress").value = Math.min(100, (100 * bytes) / mine.file.size);
    const left = bytes < mine.file.size ? `, about ${Math.ceil((mine.file.size - bytes) / rate)} s left` : ", storing the last of it";
    const on = mine.from ? `Going on where it stopped, at ${megabytes(mine.from)} MB: ` : "";
    said(`${on}${kept(bytes, mine.file)}${seconds > 1 && rate ? left : ""}`);
  }

  async function stop() {
    const { xhr, stands } = sending;
    sending = null;
    xhr?.abort();
    try {
      if (stands) await ask("POST", stands.drop);
      ends("Stopped; nothing of the file was kept.");
    } catch {
      ends("Stopped; what is here of the file goes by itself within a day.");
    }
  }

  function refuse(why) {
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = why;
    document.getElementById("upload-problem").replaceChildren(...(why ? [note] : []));
    if (why) document.getElementById("file").value = "";
  }

  function show(going) {
    form().querySelector(".choose").hidden = going;
    form().querySelector(".sending").hidden = !going;
  }

  function ends(why) {
    sending = null;
    show(false);
    refuse(why);
  }

  window.addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); }); // somebody came back from the file's page
  document.addEventListener("DOMContentLoaded", () => {
    const input = document.getElementById("file");
    for (const part of document.querySelectorAll(".with-scripts")) part.hidden = false;
    document.getElementById("send").hidden = true;
    input.addEventListener("change", () => { if (input.files[0]) upload(input.files[0]); });
    document.getElementById("stop").addEventListener("click", stop);
    form().addEventListener("submit", (event) => event.preventDefault());
    form().addEventListener("dragover", (event) => { event.preventDefault(); form().classList.add("over"); });
    form().addEventListener("dragleave", () => form().classList.remove("over"));
    form().addEventListener("drop", (event) => {
      event.preventDefault();
      form().classList.remove("over");
      if (event.dataTransfer.files[0]) upload(event.dataTransfer.files[0]);
    });
  });
}
