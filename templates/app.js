// Comfort only: sorting, filtering and folding. Without it the report shows everything it has.
"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const text = (cell) => cell.dataset.sort ?? cell.textContent.trim();

  function compare(column, numeric, down) {
    const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
    return (a, b) => {
      const [x, y] = [text(a.cells[column]), text(b.cells[column])];
      const result = numeric ? Number(x) - Number(y) : order.compare(x, y);
      return down ? -result : result;
    };
  }

  function sort(table, header) {
    const down = header.getAttribute("aria-sort") === "ascending" ||
      (header.dataset.numeric && !header.hasAttribute("aria-sort"));
    all("th[aria-sort]", table).forEach((other) => other.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = Array.from(body.rows).sort(compare(header.cellIndex, header.dataset.numeric, down));
    body.append(...rows);
  }

  function makeSortable(table) {
    all("thead th", table).forEach((header) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = header.textContent;
      button.addEventListener("click", () => sort(table, header));
      // Chromium paints no button in a header that is repeated on the next printed page, so print shows this.
      const plain = document.createElement("span");
      plain.className = "plain";
      plain.setAttribute("aria-hidden", "true");
      plain.textContent = header.textContent;
      header.replaceChildren(button, plain);
    });
  }

  function makeFilter(form, table) {
    const rows = Array.from(table.tBodies[0].rows);
    const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
    const choices = ["kind", "support", "band"].map((name) => [name, form.querySelector(`#by-${name}`)]);
    const find = form.querySelector("#find");
    const shown = form.querySelector("#shown");
    function apply() {
      const wanted = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      rows.forEach((row) => {
        const fits = wanted.every((word) => words.get(row).includes(word)) &&
          choices.every(([name, choice]) => !choice.value || row.dataset[name] === choice.value);
        row.hidden = !fits;
        count += fits ? 1 : 0;
      });
      shown.textContent = `${count} of ${rows.length} shown`;
    }
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    apply();
  }

  function fold(sheet, shut) {
    const body = sheet.querySelector(".body");
    const button = sheet.querySelector("header button");
    body.classList.toggle("shut", shut);
    button.setAttribute("aria-expanded", String(!shut));
    button.textContent = shut ? "Open sheet" : "Close sheet";
    button.setAttribute("aria-label", `${button.textContent} of ${sheet.querySelector("h3").textContent}`);
  }

  function makeFoldable(sheet) {
    const button = document.createElement("button");
    button.type = "button";
    sheet.querySelector("header").append(button);
    button.addEventListener("click", () => fold(sheet, button.getAttribute("aria-expanded") === "true"));
    fold(sheet, true);
  }

  function openByHash() {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { return; }
    const target = name && document.getElementById(name);
    const sheet = target && target.closest(".sheet");
    if (sheet) {
      fold(sheet, false);
      target.scrollIntoView();
    }
  }

  all("table.sortable").forEach(makeSortable);
  const form = document.getElementById("filters");
  if (form) makeFilter(form, document.getElementById("device-table"));
  all(".sheet").forEach(makeFoldable);
  window.addEventListener("hashchange", openByHash);
  document.addEventListener("click", (event) => {
    // A second click on the same link changes no hash, yet its sheet may have been closed since.
    const link = event.target.closest('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) openByHash();
  });
  openByHash();
})();
