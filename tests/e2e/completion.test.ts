import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { folderWith } from "../support/config-files.js";
import { inTerminal, textOf } from "../support/in-terminal.js";

const program = join(import.meta.dirname, "../../bin/oso-pipeline.js");
const isHere = (shell: string): boolean => {
  try {
    execFileSync(shell, ["-c", "exit"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

/** How each shell is started without anybody's settings, and what it reads before anything is typed. */
const shells = [
  { shell: "bash", start: ["bash", "--norc", "--noprofile", "-i"], load: "source" },
  { shell: "zsh", start: ["zsh", "-f", "-i"], load: "autoload -Uz compinit; compinit -u -D; source" },
  { shell: "fish", start: ["fish", "--no-config", "-i"], load: "source" },
] as const;
const installed = shells.filter(({ shell }) => isHere(shell));
const missing = shells.filter((one) => !installed.includes(one)).map(({ shell }) => shell);
if (missing.length > 0) process.stderr.write(`not on this machine, so not tried: ${missing.join(", ")}\n`);

describe("completion in real shells", () => {
  let folder: string;
  beforeAll(async () => {
    const { nessieUri, trinoUrl } = inject("stack");
    folder = folderWith({
      "oso-pipeline.yaml": `trino: { url: "${trinoUrl}" }\nnessie: { uri: "${nessieUri}" }\n`,
      ".oso-pipeline/names.json": JSON.stringify({
        models: ["bakery.sales", "bakery.breads"],
        categories: ["shop"],
      }),
    });
    await mkdir(join(folder, "bin"));
    await writeFile(
      join(folder, "bin/oso-pipeline"),
      `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`,
      {
        mode: 0o755,
      },
    );
    for (const { shell } of shells) {
      const script = execFileSync(process.execPath, [program, "completion", shell], { encoding: "utf8" });
      await writeFile(join(folder, `completion.${shell}`), script);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("has bash to try it in", () => {
    expect(installed.map(({ shell }) => shell)).toContain("bash");
  });

  describe.each(installed)("$shell", ({ shell, start, load }) => {
    /** Types words and the tab key; gives what stood on the screen in the end. */
    const tab = async (typed: string, expected: string): Promise<string> => {
      const environment = {
        PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
        PS1: "$ ",
        HOME: folder,
      };
      const steps = [
        { wait: "[$>#%] ?", type: `${load} ./completion.${shell}; echo REA''DY\r` },
        { wait: "READY[\\s\\S]*[$>#%] ?", type: `${typed}\t` },
        { wait: expected, type: "" },
      ];
      return textOf((await inTerminal(start, steps, { cwd: folder, environment, hangUp: true })).shown);
    };

    it("completes a command", async () => {
      expect(await tab("oso-pipeline tag-c", "tag-consumer")).not.toMatch(/rror/);
    });

    it("completes a model, from what was seen last", async () => {
      expect(await tab("oso-pipeline run --restate bakery.s", "bakery\\.sales")).not.toMatch(/rror/);
    });

    it("completes a category behind `=`", async () => {
      expect(await tab("oso-pipeline run --restate-category=s", "category=shop")).not.toMatch(/rror/);
    });

    it("completes a file where one is asked for", async () => {
      expect(await tab("oso-pipeline approve oso-pipe", "oso-pipeline\\.yaml")).not.toMatch(/rror/);
    });

    it("runs nothing of what is typed", async () => {
      const trap = join(folder, "trapped");
      await tab(
        "oso-pipeline run --restate '$(touch trapped)' `touch trapped` $(touch trapped) --pub",
        "--publish",
      );
      expect(existsSync(trap)).toBe(false);
    });
  });
});

describe("what a shell is told", () => {
  const complete = (folder: string, ...words: readonly string[]): string =>
    execFileSync(process.execPath, [program, "complete", ...words], { cwd: folder, encoding: "utf8" });

  it("are the commits of the release history of now", () => {
    const { nessieUri, trinoUrl } = inject("stack");
    const folder = folderWith({
      "oso-pipeline.yaml": `trino: { url: "${trinoUrl}" }\nnessie: { uri: "${nessieUri}" }\n`,
    });
    expect(complete(folder, "verify", "--at", "")).toMatch(/^main\t\nconsumer\t\n/);
  });

  it("is nothing, and no error, where there is no configuration or it is broken or nothing answers", () => {
    const broken = folderWith({ "oso-pipeline.yaml": "trino: [", ".git/HEAD": "" });
    const silent = folderWith({
      "oso-pipeline.yaml": "trino: { url: http://127.0.0.1:9 }\nnessie: { uri: http://127.0.0.1:9/api/v2 }\n",
      ".oso-pipeline/names.json": "no JSON",
    });
    const none = folderWith({ ".git/HEAD": "" });
    for (const folder of [broken, silent, none]) {
      expect(complete(folder, "show", "")).toBe("");
      expect(complete(folder, "run", "--restate", "")).toBe("");
    }
  });

  it("are the runs and releases of last time where nothing answers", () => {
    const folder = folderWith({
      "oso-pipeline.yaml": "trino: { url: http://127.0.0.1:9 }\nnessie: { uri: http://127.0.0.1:9/api/v2 }\n",
      ".oso-pipeline/names.json": JSON.stringify({ runs: ["20261121-142051-3f9a"], releases: ["7"] }),
    });
    expect(complete(folder, "show", "2026")).toBe("20261121-142051-3f9a\t\n");
    expect(complete(folder, "rollback", "")).toBe("7\t\n");
  });
});
