// Comfort only: sorting, filtering, paging and folding. Without it the report shows everything it has.
"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const PAGE = 100; // as many as the page shows before this script runs: scanner/report/sections/devices.py

  // Numbers in a text sort by their value when they have the same length; a collator would take ten times as long.
  const DAY = /^\d{4}-\d\d-\d\d$/; // sorts as it stands
  const natural = (text) => DAY.test(text) ? text : text.toLowerCase().replace(/\d+/g, (run) => run.padStart(12, "0"));
  const number = (text) => Number((text.match(/[\d.]+$/) ?? ["0"])[0]);
  const less = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

  class List {
    constructor(table, form) {
      this.form = form;
      this.body = table.tBodies[0];
      this.items = all("tbody tr", table).filter((row) => row.cells.length > 1).map((row) => ({ row, keys: [] }));
      all("tbody.later", table).forEach((later) => later.remove());
      this.shown = this.items;
      this.page = 0;
      all("thead th", table).forEach((header) => this.makeSortable(table, header));
      form.addEventListener("input", () => this.filter());
      form.addEventListener("submit", (event) => event.preventDefault());
      form.querySelector("#back").addEventListener("click", () => this.turn(this.page - 1));
      form.querySelector("#on").addEventListener("click", () => this.turn(this.page + 1));
      window.addEventListener("beforeprint", () => this.draw(this.shown));
      window.addEventListener("afterprint", () => this.turn(this.page));
      form.hidden = false;
      this.filter();
    }

    makeSortable(table, header) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = header.textContent;
      button.addEventListener("click", () => this.sort(table, header));
      // Chromium paints no button in a header that is repeated on the next printed page, so print shows this.
      const plain = document.createElement("span");
      plain.className = "plain";
      plain.setAttribute("aria-hidden", "true");
      plain.textContent = header.textContent;
      header.replaceChildren(button, plain);
    }

    sort(table, header) {
      const numeric = header.dataset.numeric;
      const column = header.cellIndex;
      const down = header.getAttribute("aria-sort") === "ascending" || (numeric && !header.hasAttribute("aria-sort"));
      all("th[aria-sort]", table).forEach((other) => other.removeAttribute("aria-sort"));
      header.setAttribute("aria-sort", down ? "descending" : "ascending");
      const read = numeric ? number : natural;
      this.items.forEach((one) => { one.keys[column] ??= read(one.row.cells[column].textContent); });
      const turn = down ? -1 : 1;
      this.items.sort((a, b) => turn * less(a.keys[column], b.keys[column]));
      this.filter();
    }

    filter() {
      const wanted = this.form.querySelector("#find").value.toLowerCase().split(/\s+/).filter(Boolean);
      const choices = all("select", this.form).filter((choice) => choice.value);
      const fits = (one) => {
        if (wanted.length) one.words ??= one.row.textContent.toLowerCase();
        return wanted.every((word) => one.words.includes(word)) &&
          choices.every((choice) => one.row.cells[choice.dataset.column].textContent.startsWith(choice.value));
      };
      this.shown = wanted.length || choices.length ? this.items.filter(fits) : this.items;
      this.form.querySelector("#shown").textContent = `${this.shown.length} of ${this.items.length} fit`;
      this.turn(0);
    }

    turn(page) {
      const pages = Math.max(1, Math.ceil(this.shown.length / PAGE));
      this.page = Math.min(Math.max(page, 0), pages - 1);
      this.draw(this.shown.slice(this.page * PAGE, (this.page + 1) * PAGE));
      this.form.querySelector("#pages").hidden = pages === 1;
      this.form.querySelector("#page").textContent = `Page ${this.page + 1} of ${pages}`;
      this.form.querySelector("#back").disabled = this.page === 0;
      this.form.querySelector("#on").disabled = this.page === pages - 1;
    }

    draw(items) {
      if (this.items.length) this.body.replaceChildren(...items.map((one) => one.row));
    }

    reveal(id) {
      const at = this.shown.findIndex((one) => one.row.id === id);
      if (at >= 0) this.turn(Math.floor(at / PAGE));
    }
  }

  function fold(sheet, open) {
    const button = sheet.querySelector("header button");
    sheet.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "Close sheet" : "Open sheet";
    button.setAttribute("aria-label", `${button.textContent} of ${sheet.querySelector("h3").textContent}`);
  }

  function makeFoldable(sheet) {
    const button = document.createElement("button");
    button.type = "button";
    sheet.querySelector("header").append(button);
    button.addEventListener("click", () => fold(sheet, button.getAttribute("aria-expanded") !== "true"));
    fold(sheet, false);
  }

  function openByHash() {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { return; }
    if (!name) return;
    if (!document.getElementById(name)) list?.reveal(name);
    const target = document.getElementById(name);
    const sheet = target?.closest(".sheet");
    if (sheet) fold(sheet, true);
    const details = target?.closest("details");
    if (details) details.open = true;
    target?.scrollIntoView();
  }

  const table = document.getElementById("device-table");
  const list = table ? new List(table, document.getElementById("filters")) : undefined;
  all(".sheet").forEach(makeFoldable);
  window.addEventListener("hashchange", openByHash);
  document.addEventListener("click", (event) => {
    // A second click on the same link changes no hash, yet its sheet may have been closed since.
    const link = event.target.closest('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) openByHash();
  });
  openByHash();
})();
