// Opens pages in Chromium and says what happened: a list of jobs as JSON on stdin, a list of results on stdout.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const need = createRequire(`${process.env.STALEHOST_BROWSER_KIT}/`);
const { chromium } = need("playwright-core");
const axe = readFileSync(need.resolve("axe-core/axe.min.js"), "utf8");

const jobs = JSON.parse(readFileSync(0, "utf8"));
const browser = await chromium.launch({
  executablePath: process.env.STALEHOST_CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"],
});

// Runs before the page's own script, and outside its policy.
const LISTEN = () => {
  window.broken = [];
  document.addEventListener("securitypolicyviolation", (e) => window.broken.push(`${e.effectiveDirective} ${e.blockedURI}`));
};

async function look(job) {
  const context = await browser.newContext({
    viewport: { width: job.width ?? 1280, height: job.height ?? 900 },
    javaScriptEnabled: job.script ?? true,
    reducedMotion: job.still ? "reduce" : null,
  });
  const page = await context.newPage();
  const result = { dialogs: [], errors: [], asked: [], broken: [] };
  page.on("dialog", (one) => { result.dialogs.push(one.message()); one.dismiss(); });
  page.on("pageerror", (one) => result.errors.push(String(one)));
  page.on("request", (one) => { if (!one.url().startsWith("file:")) result.asked.push(one.url()); });
  await page.addInitScript(LISTEN);
  if (job.now) await page.clock.setFixedTime(new Date(job.now));
  await page.goto(job.url, { waitUntil: "load" });
  if (job.media) await page.emulateMedia({ media: job.media });
  for (const keys of job.press ?? []) await page.keyboard.press(keys);
  for (const step of job.steps ?? []) {
    if (step.click) await page.click(step.click);
    if (step.press) await page.press(step.press[0], step.press[1] === " " ? "Space" : step.press[1]);
    if (step.reload) await page.reload({ waitUntil: "load" });
    if (step.choose) await page.selectOption(step.choose[0], step.choose[1]);
    if (step.fill) await page.fill(step.fill[0], step.fill[1]);
    if (step.save) {
      const [file] = await Promise.all([page.waitForEvent("download"), page.click(step.save[0])]);
      await file.saveAs(step.save[1]);
      result.saved = file.suggestedFilename();
    }
  }
  if (job.run) result.told = await page.evaluate(`(() => { ${job.run} })()`);
  if (job.axe) {
    await page.evaluate(axe);
    const found = await page.evaluate((rules) => window.axe.run(document, { runOnly: rules, resultTypes: ["violations"] }), job.axe);
    result.axe = found.violations.map((one) => [one.id, one.nodes.length, one.nodes.slice(0, 3).map((node) => `${node.target}: ${node.failureSummary}`)]);
  }
  if (job.pdf) await page.pdf({ path: job.pdf, format: job.paper ?? "A4", preferCSSPageSize: false, printBackground: false });
  if (job.picture) await page.screenshot({ path: job.picture, fullPage: job.whole ?? false });
  result.broken = await page.evaluate(() => window.broken ?? []);
  await context.close();
  return result;
}

const results = [];
for (const job of jobs) results.push(await look(job));
await browser.close();
process.stdout.write(JSON.stringify(results));
