/* What the pages gain with JavaScript: charts to point at, menus that close, links to copy, shortcuts,
   filters without a button and cards that follow. Pages are complete without it. */
"use strict";

(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  // By it the server knows that an answer which takes long may follow its page.
  document.cookie = `js=1; path=/; SameSite=Lax${location.protocol === "https:" ? "; Secure" : ""}`;
  const store = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* storage is switched off */ } },
  };

  function say(text) {
    const toast = document.createElement("p");
    toast.className = "toast";
    toast.setAttribute("role", "status");
    document.body.append(toast);
    toast.textContent = text;
    setTimeout(() => toast.remove(), 2500);
  }

  async function copy(text, done) {
    try {
      await navigator.clipboard.writeText(text);
      say(done);
    } catch {
      window.prompt("", text);
    }
  }

  /* Menus and dialogs */
  function closeMenus(except) {
    for (const menu of all("details.menu[open]")) if (menu !== except) menu.open = false;
  }
  function open(dialog) {
    if (dialog && !dialog.open) dialog.showModal();
  }
  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-opens], [data-closes], [data-copy], [data-copy-sql], [data-copies], [data-picture]");
    closeMenus(event.target.closest("details.menu"));
    if (!target) return;
    event.preventDefault();
    const { opens, closes, copySql, copies, picture, done } = target.dataset;
    if (opens) open(document.getElementById(opens));
    else if (closes) document.getElementById(closes).close();
    else if (copySql) copy(document.querySelector(`#${CSS.escape(copySql)} .sql code`).textContent, done);
    else if (picture) pictureOf(document.getElementById(picture));
    else if (copies) copy(document.getElementById(copies).textContent, done);
    else copy(target.href, done);
    closeMenus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest?.("details.menu[open]");
    closeMenus();
    menu?.querySelector("summary").focus();
  });
  function reveal(within = document) {
    for (const button of all("[data-copy-sql], [data-picture]", within)) button.hidden = false;
  }
  reveal();

  /* Filters send themselves */
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form?.hasAttribute("data-autosubmit") && event.target.type !== "search") form.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "get") return;
    // Blank choices are defaults: an address without them is shorter and stays the same view.
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
  window.addEventListener("pageshow", () => {
    for (const field of all("form[method=get] :disabled")) field.disabled = false;
  });

  /* Of tabs that go beyond the width the current one comes into view */
  for (const tab of all(".tabs [aria-current]")) {
    const row = tab.parentElement;
    row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  }

  /* Shortcuts: / search, g and a letter go to a page, [ and ] previous and next period, ? this list */
  let going = 0;
  function shortcut(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || store.get("shortcuts") === "off") return;
    if (event.target.closest?.("input, select, textarea, [contenteditable], dialog[open]:not(#shortcuts)")) return;
    const filters = document.querySelector("form.filters");
    const followUp = Date.now() - going < 1200;
    going = 0;
    if (followUp) {
      const link = document.querySelector(`#shortcuts [data-key="${CSS.escape(event.key)}"]`);
      if (link) location.assign(link.href);
    } else if (event.key === "g") {
      going = Date.now();
    } else if (event.key === "?") {
      open(document.getElementById("shortcuts"));
    } else if (event.key === "/") {
      const search = document.querySelector("input[type=search]");
      const people = document.querySelector("#shortcuts [data-key=p]");
      event.preventDefault();
      if (search) search.focus();
      else if (people) location.assign(people.href);
    } else if (event.key === "[" && filters?.dataset.earlier) {
      location.assign(filters.dataset.earlier);
    } else if (event.key === "]" && filters?.dataset.later) {
      location.assign(filters.dataset.later);
    }
  }
  document.addEventListener("keydown", shortcut);
  for (const box of all("[data-shortcuts]")) {
    box.checked = store.get("shortcuts") !== "off";
    box.addEventListener("change", () => store.set("shortcuts", box.checked ? "on" : "off"));
  }

  /* Cards that take longer follow the page and take the place of their notice */
  async function replace(card, address) {
    const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) {
      card.classList.add("missing");
      return;
    }
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const fresh = holder.content.firstElementChild;
    card.replaceWith(holder.content);
    reveal(fresh);
    drawCharts(fresh);
  }
  for (const notice of all("[data-fragment]")) replace(notice.closest(".follows, .card"), notice.dataset.fragment);

  // Nobody waits any more for what follows a page that was left; each page has a run of its own.
  window.addEventListener("pagehide", () => {
    for (const form of all("[data-cancel]")) navigator.sendBeacon(form.action, new FormData(form));
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-cancel]")) return;
    event.preventDefault();
    event.submitter.disabled = true;
    fetch(event.target.action, { method: "POST", body: new FormData(event.target) });
  });

  /* Charts: the library is fetched only by pages that have one, after everything else */
  function load(address) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
  }
  let painter;
  async function pictureOf(card) {
    painter ??= load(root.dataset.pictureScript);
    await painter;
    window.portalPicture.download(card);
  }
  let library;
  async function drawCharts(within = document) {
    const figures = all("[data-chart]", within);
    if (!figures.length) return;
    library ??= load(root.dataset.chartLibrary).then(() => load(root.dataset.chartScript));
    await library;
    for (const figure of figures) window.portalCharts.enhance(figure);
  }
  window.addEventListener("load", () => drawCharts());
})();
