/* What Explore gains with JavaScript: example values of a property as soon as it is chosen, and a card's SQL for
   another engine without a new page. Without it both come with the next page. */
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

  async function spell(tab) {
    const code = tab.closest(".sql").querySelector("code");
    const address = new URL(tab.href);
    address.pathname += "sql/";
    code.setAttribute("aria-busy", "true");
    const answer = await fetch(address).catch(() => null);
    code.removeAttribute("aria-busy");
    if (!answer?.ok || answer.redirected) return location.assign(tab.href);
    code.textContent = await answer.text();
    tab.parentElement.querySelector("[aria-current]")?.removeAttribute("aria-current");
    tab.setAttribute("aria-current", "true");
  }
  document.addEventListener("click", (event) => {
    const tab = event.target.closest(".sql-tabs a");
    if (!tab || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    spell(tab);
  });
})();
