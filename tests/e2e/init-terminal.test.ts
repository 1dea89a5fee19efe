import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { inTerminal, textOf } from "../support/in-terminal.js";

const root = join(import.meta.dirname, "../..");
const NESSIE = "Where is Nessie's REST API\\?";
const APPROVAL = "What does restating production need\\?";
const WRITE = "Write \\.env\\.example, [\\s\\S]*\\?";

describe("init at a terminal", () => {
  let folder: string;
  let before: readonly string[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "oso-pipeline-init-terminal-"));
    await cp(join(root, "tests/newcomer"), folder, { recursive: true });
    before = await filesIn(folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const filesIn = async (path: string): Promise<readonly string[]> =>
    (await readdir(path, { recursive: true })).toSorted();

  const init = (steps: Parameters<typeof inTerminal>[1], ...more: readonly string[]) => {
    const { python, trinoUrl } = inject("stack");
    const command = [process.execPath, join(root, "bin/oso-pipeline.js"), "init", "--python", python];
    return inTerminal([...command, "--trino-url", trinoUrl, ...more], steps, { cwd: folder });
  };
  const nessie = { wait: NESSIE, type: "" };

  it("writes what was answered", async () => {
    const { shown, exitCode } = await init([
      // The proposed address is rubbed out, a wrong one is refused, the right one taken.
      { ...nessie, type: "\u0015http://127.0.0.1\r" },
      { wait: "/api/v2 at its end", type: `\u0015${inject("stack").nessieUri}\r` },
      { wait: `${APPROVAL}[\\s\\S]*required`, type: "\u001B[B\r" },
      { wait: WRITE, type: "\r" },
    ]);
    expect({ exitCode, shown: textOf(shown) }).toMatchObject({ exitCode: 0 });
    const written = await readFile(join(folder, "oso-pipeline.yaml"), "utf8");
    expect(written).toContain(`uri: ${inject("stack").nessieUri}`);
    expect(written).toContain("policy: required");
  });

  it.each([
    ["first", [{ ...nessie, type: "\u0003" }]],
    [
      "last",
      [
        { ...nessie, type: "\u0015http://127.0.0.1:9/api/v2\r" },
        { wait: APPROVAL, type: "\r" },
        { wait: WRITE, type: "\u0003" },
      ],
    ],
  ])("leaves nothing behind after Ctrl-C at the %s question", async (_, steps) => {
    const { shown, exitCode } = await init(steps);
    expect({ exitCode, shown: textOf(shown) }).toMatchObject({ exitCode: 130 });
    expect(textOf(shown)).toContain("nothing was written");
    expect(await filesIn(folder)).toEqual(before);
  });

  it("changes a file that is there only after a yes", async () => {
    const quiet = { env: { ...process.env, CI: "1" }, cwd: folder };
    const { python, trinoUrl, nessieUri } = inject("stack");
    const flags = ["--python", python, "--trino-url", trinoUrl, "--nessie-uri", nessieUri];
    const program = join(root, "bin/oso-pipeline.js");
    await promisify(execFile)(process.execPath, [program, "init", "--yes", ...flags], quiet);
    const answer = (typed: string) =>
      init(
        [{ wait: "\\+  policy: none[\\s\\S]*Change oso-pipeline\\.yaml so\\?", type: typed }],
        "--nessie-uri",
        nessieUri,
        "--approval",
        "none",
      );
    const policy = async () =>
      /policy: \w+/.exec(await readFile(join(folder, "oso-pipeline.yaml"), "utf8"))?.[0];
    await answer("\r");
    expect(await policy()).toBe("policy: prompt");
  });
});
