import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import chromiumPackage from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";
import { extract } from "tar";

export interface StartedBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

/**
 * A real Chromium, from a package of the registry that carries it. The libraries that a bare machine lacks are in the
 * same package.
 */
export async function startBrowser(): Promise<StartedBrowser> {
  const folder = await mkdtemp(join(tmpdir(), "oso-pipeline-chromium-"));
  const executablePath = await chromiumPackage.executablePath();
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox"],
    env: { ...process.env, LD_LIBRARY_PATH: await librariesIn(folder) },
  });
  return {
    browser,
    close: async () => {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function librariesIn(folder: string): Promise<string> {
  const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  const packed = join(
    entry.slice(0, entry.lastIndexOf("@sparticuz")),
    "@sparticuz/chromium/bin/al2023.tar.br",
  );
  const archive = join(folder, "libraries.tar");
  await writeFile(archive, brotliDecompressSync(await readFile(packed)));
  await extract({ file: archive, cwd: folder });
  return join(folder, "lib");
}
