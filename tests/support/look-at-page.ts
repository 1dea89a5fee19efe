import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";

export const screens = [
  { name: "desktop, light", width: 1280, height: 900, colorScheme: "light" },
  { name: "desktop, dark", width: 1280, height: 900, colorScheme: "dark" },
  { name: "phone, light", width: 390, height: 844, colorScheme: "light" },
  { name: "phone, dark", width: 390, height: 844, colorScheme: "dark" },
] as const;

export type Screen = (typeof screens)[number];

export interface Sight {
  readonly title: string;
  /** What the browser complained about, and whatever it asked for beside the file itself. */
  readonly complaints: readonly string[];
  readonly requests: readonly string[];
  /** How much wider the page is than the screen, in pixels. */
  readonly overflow: number;
  readonly headings: readonly string[];
  /** `banner`, `main`, `contentinfo`. */
  readonly landmarks: readonly string[];
  readonly background: string;
  readonly violations: readonly string[];
}

/** Opens a file as somebody without JavaScript does; what it shows is asked afterwards by a browser with it. */
export async function lookAt(browser: Browser, file: string, screen: Screen): Promise<Sight> {
  const { width, height, colorScheme } = screen;
  const view = { viewport: { width, height }, colorScheme };
  const address = pathToFileURL(file).href;
  const complaints: string[] = [];
  const requests: string[] = [];
  const plain = await browser.newContext({ ...view, javaScriptEnabled: false });
  const scripted = await browser.newContext(view);
  try {
    const page = await plain.newPage();
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(address);
    const asked = await scripted.newPage();
    await asked.goto(address);
    return {
      title: await page.title(),
      complaints,
      requests: requests.filter((url) => url !== address && !url.startsWith("data:")),
      ...(await shown(asked)),
      violations: await violationsOf(asked),
    };
  } finally {
    await plain.close();
    await scripted.close();
  }
}

const shown = (page: Page): Promise<Pick<Sight, "overflow" | "headings" | "landmarks" | "background">> =>
  page.evaluate(`({
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    headings: [...document.querySelectorAll("h1, h2")].map((one) => one.tagName + " " + one.textContent.trim().replace(/\\s+/g, " ")),
    landmarks: ["body > header", "main", "body > footer"].filter((one) => document.querySelector(one) !== null),
    background: getComputedStyle(document.body).backgroundColor,
  })`);

/** Everything folded is unfolded first, so that it is examined too. */
async function violationsOf(page: Page): Promise<readonly string[]> {
  const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(`for (const one of document.querySelectorAll("details")) one.open = true`);
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document, { resultTypes: ["violations"] })`,
  );
  return violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes
        .slice(0, 3)
        .map(({ html }) => html.slice(0, 200))
        .join(" ")}`,
  );
}
