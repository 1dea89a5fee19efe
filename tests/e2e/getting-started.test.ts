import { execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { blocksIn, pageOf, stepsIn } from "../support/documented.js";
import { dropSchemas, query, readersRelease } from "../support/warehouse.js";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const page = pageOf("getting-started.md");

/** What one typed line printed, and how it ended. */
interface Typed {
  readonly exitCode: number | null;
  readonly printed: string;
}

describe("a newcomer who follows docs/getting-started.md", () => {
  let folder: string;
  let tarball: string;
  const printed = new Map<string, string>();

  /** In a shell without a terminal, as a script of the page would be run. */
  const type = (line: string): Promise<Typed> =>
    new Promise((resolve, reject) => {
      const { VIRTUAL_ENV: _, ...environment } = process.env;
      const child = spawn("bash", ["-c", line], {
        cwd: folder,
        env: { ...environment, NO_COLOR: "1", OSO_PIPELINE__STATE__BRANCH: "newcomer-state" },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let text = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
      child.on("error", reject);
      child.on("close", (exitCode) => resolve({ exitCode, printed: text }));
    });

  /** The page speaks of the usual ports and of the registry; here are others, and the package as it is built. */
  const here = (line: string): string => {
    if (line === "npm install --save-dev oso-pipeline") return `npm install --no-audit --no-fund ${tarball}`;
    const ports = ["trino", "nessie", "nessie-management", "s3"].map((name) => `--port ${name}=0`);
    return line.replace(/^npx oso-pipeline local up$/, `$& ${ports.join(" ")}`);
  };

  beforeAll(async () => {
    await dropSchemas(["bakery", "sqlmesh__bakery"]);
    folder = await mkdtemp(join(tmpdir(), "oso-pipeline-newcomer-"));
    await cp(join(root, "tests/newcomer"), folder, { recursive: true });
    const config = await readFile(join(folder, "config.yaml"), "utf8");
    const { port } = new URL(inject("stack").trinoUrl);
    await writeFile(join(folder, "config.yaml"), config.replace("port: 8080", `port: ${port}`));
    // The stack of the tests is the one that the newcomer starts.
    await mkdir(join(folder, ".oso-pipeline"));
    await symlink(inject("stack").home, join(folder, ".oso-pipeline/local"));
    await run("git", ["init", "--quiet"], { cwd: folder });
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "bakery", private: true }));
    const packed = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", tmpdir()], {
      cwd: root,
    });
    const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
    tarball = join(tmpdir(), filename);
  });
  afterAll(async () => {
    await dropSchemas(["bakery", "sqlmesh__bakery"]);
    await rm(folder, { recursive: true, force: true });
    await rm(tarball, { force: true });
  });

  it("has the gateway that the page shows", async () => {
    const config = await readFile(join(root, "tests/newcomer/config.yaml"), "utf8");
    for (const line of blocksIn(page, "yaml").join("\n").split("\n")) expect(config).toContain(line);
  });

  for (const { heading, commands } of stepsIn(page)) {
    it(`does step ${heading}`, async () => {
      for (const line of commands) {
        const { exitCode, printed: text } = await type(here(line));
        printed.set(line, text);
        expect({ line, exitCode, text }).toMatchObject({ exitCode: 0 });
      }
    });
  }

  it("was told by init what it found and what it wrote", () => {
    const said = printed.get("npx oso-pipeline init") ?? "";
    expect(said).toMatch(/project\s+\., 5 models, categories shop/);
    for (const file of [
      ".env.example",
      ".gitignore",
      "oso-pipeline.yaml",
      ".github/workflows/oso-pipeline.yml",
    ])
      expect(said).toMatch(new RegExp(`created\\s+${file.replaceAll(".", "\\.")}`));
    expect(said.match(/✓/g)).toHaveLength(6);
  });

  it("has a release that was verified by the checks of the models, and has gone back to it", async () => {
    expect(printed.get("npx oso-pipeline verify")).toMatch(/14 checks on 5 models/);
    const { number } = await readersRelease();
    expect(printed.get("npx oso-pipeline releases")).toContain(`${number - 2} `);
    expect(await query("SELECT count(*) FROM iceberg_consumer.bakery.sales")).toEqual([[8]]);
  });
});
