// What if only some steps of the plan are done? Says what was simulated as it stands, and bounds for every other choice.
"use strict";
(() => {
  const form = document.getElementById("what-if");
  if (!form) return;
  const steps = Array.from(form.querySelectorAll("input[type=checkbox]"), (box) => ({
    box, alone: Number(box.dataset.alone), after: Number(box.dataset.after), cost: Number(box.dataset.cost),
  }));
  const now = Number(form.dataset.loss);
  const told = form.querySelector("[role=status]");
  const bar = form.querySelector("progress");

  const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
  const amount = (value) => value >= 9.95 ? whole.format(value) : value.toFixed(1);
  const percent = (share) => share > 0 && share < 0.005 ? "<1%" : share >= 0.995 && share < 1 ? ">99%" : `${Math.round(share * 100)}%`;
  const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // More steps never lose more. So the loss of any choice is at most that of whatever part of it was simulated (a step by
  // itself, or the plan's own first steps), and at least that of the shortest beginning of the plan which holds it.
  function bounds(chosen) {
    if (!chosen.length) return [now, now];
    const first = steps.findIndex((step) => !step.box.checked);
    const done = first < 0 ? steps.length : first;
    const least = chosen[chosen.length - 1].after;
    const parts = chosen.map((step) => now - step.alone);
    if (done) parts.push(steps[done - 1].after);
    if (done === chosen.length) return [least, least];
    const most = Math.min(...parts);
    return chosen.length === 1 ? [most, most] : [Math.min(least, most), most];
  }

  function tell() {
    const chosen = steps.filter((step) => step.box.checked);
    const [low, high] = bounds(chosen);
    const cost = chosen.reduce((sum, step) => sum + step.cost, 0);
    const same = low === high || amount(low) === amount(high);
    told.textContent = fill(chosen.length ? (same ? form.dataset.exact : form.dataset.bound) : form.dataset.none, {
      low: amount(low), high: amount(high), now: amount(now), cost: cost.toFixed(1).replace(/\.0$/, ""),
      share: percent(now > 0 ? (now - high) / now : 0),
      how: low === high ? form.dataset.simulated : form.dataset.between,
    });
    bar.value = high;
  }

  form.addEventListener("input", tell);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  tell();
})();
