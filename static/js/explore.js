/* What Explore gains with JavaScript: a folded question on a phone, example values of a property as soon as it is
   chosen, a card's SQL for another engine without a new page, and no waiting for SQL that nobody looks at. Without it all
   come with the next page. */
"use strict";

(() => {
  /* On a phone the answer comes first, unless the question has just been worked on or something is wrong with it */
  const asking = document.querySelector(".asking"), phone = matchMedia("(max-width: 759.98px)");
  function fold() {
    const isAtIt = location.hash === "#clauses" || asking.querySelector(".field-error");
    asking.open = Boolean(!phone.matches || isAtIt);
  }
  if (asking) {
    fold();
    phone.addEventListener("change", fold);
  }

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
    if (!answer) return; // nobody is there to answer, or the page is being left: the tab is a link still
    if (!answer.ok || answer.redirected) return location.assign(tab.href);
    code.textContent = await answer.text();
    code.parentElement.hidden = false;
    tab.parentElement.querySelector("[aria-current]")?.removeAttribute("aria-current");
    tab.setAttribute("aria-current", "true");
  }
  document.addEventListener("click", (event) => {
    const tab = event.target.closest(".sql-tabs a");
    if (!tab || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    spell(tab);
  });

  /* The SQL that ran is written when it is first looked at, or copied */
  async function spellFirst(sql) {
    if (sql && !sql.querySelector("code").textContent) await spell(sql.querySelector(".sql-tabs a"));
  }
  document.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.matches(".definition")) spellFirst(event.target.querySelector(".sql"));
  }, true);
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy-sql]");
    const sql = button && document.querySelector(`#${CSS.escape(button.dataset.copySql)} .sql`);
    if (!sql || sql.querySelector("code").textContent) return;
    event.stopImmediatePropagation();
    await spellFirst(sql);
    if (sql.querySelector("code").textContent) button.click();
  }, true);
})();
