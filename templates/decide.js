// Decisions about findings: kept in this browser alone, and downloaded as the file that `stalehost import` reads.
"use strict";
(() => {
  const form = document.getElementById("decide");
  if (!form) return;
  const field = (name) => form.elements.namedItem(name);
  const list = form.querySelector("ul");
  const link = form.querySelector("a[download]");
  const told = form.querySelector("[role=status]");
  const key = `stalehost decisions: ${form.dataset.engagement}`;
  let kept = read();

  // A page that was opened from a disk may not be allowed to keep anything: then it holds until it is closed.
  function read() {
    try {
      const held = JSON.parse(localStorage.getItem(key) ?? "[]");
      return Array.isArray(held) ? held.filter((one) => one && typeof one.finding === "string") : [];
    } catch { return []; }
  }

  function write() {
    try { localStorage.setItem(key, JSON.stringify(kept)); return true; } catch { return false; }
  }

  // A TOML basic string: whatever is not plainly a letter, a digit or harmless becomes an escape (TOML 1.0).
  const PLAIN = /^[\p{L}\p{N} .,;:!?()'+/@#&%_-]$/u;
  const point = (one) => one >= "\ud800" && one <= "\udfff" && one.length === 1 ? 0xfffd : one.codePointAt(0);
  const quoted = (text) => `"${Array.from(String(text), (one) => PLAIN.test(one) ? one : `\\U${point(one).toString(16).padStart(8, "0")}`).join("")}"`;
  const words = (those) => `[${those.map(quoted).join(", ")}]`;

  function table(one) {
    const rows = [
      `finding = ${quoted(one.finding)}`, `by = ${quoted(one.by)}`, `reason = ${quoted(one.reason)}`,
      `decided = ${one.decided}`, `until = ${one.until}`,
    ];
    if (one.reopen.length) rows.push(`reopen_on = ${words(one.reopen)}`);
    rows.push(`score = ${one.score}`, `devices = ${one.devices}`, `exploited = ${words(one.exploited)}`);
    return ["", "[[decision]]", ...rows].join("\n");
  }

  function show() {
    list.replaceChildren(...kept.map((one) => {
      const row = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = form.dataset.remove;
      button.setAttribute("aria-label", `${form.dataset.remove}: ${one.finding}`);
      button.addEventListener("click", () => {
        kept = kept.filter((other) => other !== one);
        write();
        show();
        told.textContent = `${one.finding} ${form.dataset.removed}`;
      });
      row.append(`${one.finding}: ${one.by}, ${one.until}: ${one.reason} `, button);
      return row;
    }));
    const text = `# ${form.dataset.head}\n${kept.map(table).join("\n")}\n`;
    link.href = `data:application/toml;charset=utf-8,${encodeURIComponent(text)}`;
    link.hidden = !kept.length;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const about = field("finding").selectedOptions[0];
    const one = {
      finding: about.value, by: field("by").value.trim(), reason: field("reason").value.trim(),
      until: field("until").value, decided: new Date().toISOString().slice(0, 10),
      reopen: Array.from(form.querySelectorAll("[name=reopen]:checked"), (box) => box.value),
      score: Number(about.dataset.score), devices: Number(about.dataset.devices),
      exploited: about.dataset.exploited.split(" ").filter(Boolean),
    };
    if (!one.by || !one.reason || !/^\d{4}-\d\d-\d\d$/.test(one.until) || one.until < one.decided) {
      told.textContent = form.dataset.wanted;
      return;
    }
    kept = [...kept.filter((other) => other.finding !== one.finding), one];
    told.textContent = `${one.finding} ${write() ? form.dataset.kept : form.dataset.unkept}`;
    show();
  });
  form.hidden = false;
  show();
})();
