// Puts new events on top of the list. Paused by default where motion is unwelcome, and while the page is hidden.
"use strict";
(() => {
  const rows = document.getElementById("live-rows");
  const button = document.getElementById("live-pause");
  const state = document.getElementById("live-state");
  const EVERY = 2000;
  const KEPT = 200;
  let paused = matchMedia("(prefers-reduced-motion: reduce)").matches;

  const newest = () => rows.querySelector("[data-event]")?.dataset.event ?? "0";

  async function fetchNewer() {
    const query = new URLSearchParams(location.search);
    query.set("after", newest());
    const answer = await fetch(`?${query}`, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const fresh = document.createElement("template");
    fresh.innerHTML = await answer.text();
    rows.prepend(fresh.content);
    for (const old of [...rows.children].slice(KEPT)) if (!old.querySelector("details[open]")) old.remove();
  }

  async function tick() {
    if (!paused && !document.hidden) {
      try {
        await fetchNewer();
        state.textContent = state.dataset.waiting;
      } catch {
        state.textContent = state.dataset.failed;
      }
    }
    setTimeout(tick, EVERY);
  }

  function show() {
    button.textContent = paused ? button.dataset.resume : button.dataset.pause;
    button.setAttribute("aria-pressed", String(paused));
    if (paused) state.textContent = state.dataset.paused;
  }

  button.hidden = false;
  button.addEventListener("click", () => {
    paused = !paused;
    show();
  });
  show();
  setTimeout(tick, EVERY);
})();
