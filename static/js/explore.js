/* Example values of a property follow as soon as it is chosen; without this they come with the next page. */
"use strict";

(() => {
  const form = document.querySelector("[data-values]");
  form?.addEventListener("change", async (event) => {
    if (!event.target.matches("[data-property]")) return;
    const list = event.target.parentElement.querySelector("datalist");
    const answer = await fetch(`${form.dataset.values}?property=${encodeURIComponent(event.target.value)}`);
    if (!answer.ok) return;
    const { values } = await answer.json();
    list.replaceChildren(...values.map((value) => Object.assign(document.createElement("option"), { value })));
  });
})();
