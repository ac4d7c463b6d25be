// Comfort only: sorting, filtering, paging and folding. Without it the report shows everything it has.
"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const PAGE = 100; // as many as the page shows before this script runs: scanner/report/sections/devices.py

  // Numbers in a text sort by their value when they have the same length; a collator would take ten times as long.
  const DAY = /^\d{4}-\d\d-\d\d$/; // sorts as it stands
  const ZEROS = Array.from({ length: 12 }, (_, long) => "0".repeat(12 - long));
  const natural = (text) => DAY.test(text) ? text : text.toLowerCase().replace(/\d+/g, (run) => (ZEROS[run.length] ?? "") + run);
  const number = (text) => Number((text.match(/[\d.]+$/) ?? ["0"])[0]);
  const later = window.requestIdleCallback ?? ((work) => setTimeout(work, 50));

  // Rows never move but onto the visible page: sorting and filtering turn arrays of row numbers.
  class List {
    constructor(table, form) {
      this.form = form;
      this.table = table;
      this.body = table.tBodies[0];
      this.rows = all("tbody tr", table).filter((row) => row.cells.length > 1);
      all("tbody.later", table).forEach((one) => one.remove());
      this.order = this.rows.map((_, at) => at);
      this.shown = this.order;
      this.headers = all("thead th", table);
      this.ranks = []; // by column: the place of each row's text among all texts of that column
      this.words = undefined;
      this.page = 0;
      this.headers.forEach((header) => this.makeSortable(header));
      form.addEventListener("input", () => this.filter());
      form.addEventListener("submit", (event) => event.preventDefault());
      form.querySelector("#back").addEventListener("click", () => this.turn(this.page - 1));
      form.querySelector("#on").addEventListener("click", () => this.turn(this.page + 1));
      window.addEventListener("beforeprint", () => this.draw(this.shown));
      window.addEventListener("afterprint", () => this.turn(this.page));
      form.hidden = false;
      this.filter();
      this.prepare(0);
    }

    makeSortable(header) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = header.textContent;
      button.addEventListener("click", () => this.sort(header));
      // Chromium paints no button in a header that is repeated on the next printed page, so print shows this.
      const plain = document.createElement("span");
      plain.className = "plain";
      plain.setAttribute("aria-hidden", "true");
      plain.textContent = header.textContent;
      header.replaceChildren(button, plain);
    }

    // While nobody asks for anything, one column after the other is made ready to be sorted at once.
    prepare(column) {
      if (column >= this.headers.length) return;
      later(() => { this.ranksOf(column); this.prepare(column + 1); });
    }

    ranksOf(column) {
      if (this.ranks[column]) return this.ranks[column];
      const numeric = this.headers[column].dataset.numeric;
      const read = numeric ? number : natural;
      const keys = new Map(); // most columns say the same few things over and over
      const texts = this.rows.map((row) => row.children[column].textContent);
      for (const text of texts) if (!keys.has(text)) keys.set(text, read(text));
      const places = new Map();
      const distinct = [...new Set(keys.values())];
      for (const key of numeric ? distinct.sort((a, b) => a - b) : distinct.sort()) places.set(key, places.size);
      const ranks = new Uint32Array(texts.length);
      texts.forEach((text, at) => { ranks[at] = places.get(keys.get(text)); });
      return (this.ranks[column] = ranks);
    }

    sort(header) {
      const numeric = header.dataset.numeric;
      const down = header.getAttribute("aria-sort") === "ascending" || (numeric && !header.hasAttribute("aria-sort"));
      this.headers.forEach((other) => other.removeAttribute("aria-sort"));
      header.setAttribute("aria-sort", down ? "descending" : "ascending");
      const ranks = this.ranksOf(header.cellIndex);
      this.order.sort(down ? (a, b) => ranks[b] - ranks[a] : (a, b) => ranks[a] - ranks[b]);
      this.filter();
    }

    filter() {
      const wanted = this.form.querySelector("#find").value.toLowerCase().split(/\s+/).filter(Boolean);
      const choices = all("select", this.form).filter((choice) => choice.value);
      if (wanted.length) this.words ??= this.rows.map((row) => row.textContent.toLowerCase());
      const fits = (at) => wanted.every((word) => this.words[at].includes(word)) &&
        choices.every((choice) => this.rows[at].children[choice.dataset.column].textContent.startsWith(choice.value));
      this.shown = wanted.length || choices.length ? this.order.filter(fits) : this.order;
      this.form.querySelector("#shown").textContent = `${this.shown.length} of ${this.rows.length} fit`;
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

    draw(places) {
      if (!this.rows.length) return;
      const part = document.createDocumentFragment();
      for (const at of places) part.append(this.rows[at]);
      this.body.replaceChildren(part);
    }

    reveal(id) {
      const at = this.shown.findIndex((place) => this.rows[place].id === id);
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
  // Tells about the columns beyond the edge; watched, since asking for the width would lay out the page an extra time.
  if (table) new ResizeObserver(([{ target }]) => {
    document.getElementById("sideways").hidden = target.scrollWidth <= target.clientWidth;
  }).observe(table.parentElement);
  all(".sheet").forEach(makeFoldable);
  window.addEventListener("hashchange", openByHash);
  document.addEventListener("click", (event) => {
    // A second click on the same link changes no hash, yet its sheet may have been closed since.
    const link = event.target.closest('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) openByHash();
  });
  openByHash();
})();
