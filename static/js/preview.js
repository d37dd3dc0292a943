// Shows what the rules of a form match while they are written. Without it, the button "Preview" does.
"use strict";
(() => {
  const form = document.querySelector("form[data-preview]");
  const shown = document.getElementById("preview");
  const QUIET = 350; // milliseconds without a key before it is asked
  let timer;
  let asking;

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form), signal });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const text = await answer.text();
      if (!signal.aborted) shown.innerHTML = text;
    } catch {
      if (!signal.aborted) shown.textContent = shown.dataset.failed;
    }
  }

  form.addEventListener("input", (event) => {
    if (!event.target.closest(".rule-row")) return;
    clearTimeout(timer);
    timer = setTimeout(ask, QUIET);
  });
})();
