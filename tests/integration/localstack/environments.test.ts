import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { virtualEnvironment, type EnvironmentRecipe } from "../../../src/localstack/environments.js";
import { findPython } from "../../../src/localstack/python.js";
import { errorOf } from "../../support/errors.js";

const run = promisify(execFile);
const signal = new AbortController().signal;
let folder: string;

/** A wheel, so that nothing comes from a registry. */
const wheel = `
import zipfile
with zipfile.ZipFile("tiny-1.0-py3-none-any.whl", "w") as z:
    z.writestr("tiny.py", "VALUE = 7\\n")
    z.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n")
    z.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    z.writestr("tiny-1.0.dist-info/RECORD", "")
`;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "environments-"));
  await run("python3", ["-c", wheel], { cwd: folder });
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const recipe = (changes: Partial<EnvironmentRecipe> = {}): EnvironmentRecipe => ({
  name: "sqlmesh",
  title: "Tiny",
  requirement: join(folder, "tiny-1.0-py3-none-any.whl"),
  lock: undefined,
  pipOptions: ["--no-index"],
  bytes: 1,
  ...changes,
});

const environmentOf = (changes?: Partial<EnvironmentRecipe>, cache = join(folder, "cache")) =>
  virtualEnvironment(recipe(changes), { cache, report: () => undefined, environment: process.env });

const python = () => findPython(process.env, signal);
const valueIn = async (interpreter: string): Promise<string> =>
  (await run(interpreter, ["-I", "-c", "import tiny; print(tiny.VALUE)"])).stdout.trim();

describe("a virtual environment", () => {
  it("is built once, anew after a build that was killed, and counts as none where the cache was moved", async () => {
    const environment = environmentOf();
    expect(await environment.missing(await python())).toBe(1);
    const interpreter = await environment.ensure(await python(), signal);
    expect(await valueIn(interpreter)).toBe("7");
    expect(await environment.ensure(await python(), signal)).toBe(interpreter);
    expect(await environment.missing(await python())).toBe(0);

    const built = dirname(dirname(interpreter));
    const note = `${built.slice(0, built.lastIndexOf("-"))}.complete.json`;
    await rm(note);
    const rebuilt = await environment.ensure(await python(), signal);
    expect(rebuilt).not.toBe(interpreter);
    await expect(access(built)).rejects.toThrow("ENOENT");

    await rename(join(folder, "cache"), join(folder, "moved"));
    expect(await environmentOf({}, join(folder, "moved")).missing(await python())).toBe(1);
  }, 120_000);

  it("that pip cannot install says why and where pip's own words are", async () => {
    const error = await errorOf(async () =>
      environmentOf({ requirement: join(folder, "missing.whl") }).ensure(await python(), signal),
    );
    expect(error.code).toBe("DOWNLOAD_FAILED");
    expect(error.message).toMatch(/^Tiny could not be installed: .*missing\.whl/);
    expect(await readFile(error.where ?? "", "utf8")).toContain("missing.whl");
  }, 60_000);

  it("whose version does not exist for this Python says so", async () => {
    const error = await errorOf(async () =>
      environmentOf({ requirement: "tiny==2.0" }).ensure(await python(), signal),
    );
    expect(error.code).toBe("REQUIREMENT_MISSING");
    expect(error.message).toMatch(/^Tiny is not there for Python 3\./);
  }, 60_000);

  it("is not begun where Python cannot make one", async () => {
    const crippled = { ...(await python()), hasVenv: false };
    const error = await errorOf(() => environmentOf().ensure(crippled, signal));
    expect(error.code).toBe("REQUIREMENT_MISSING");
    expect(error.message).toContain("cannot make virtual environments");
    expect(
      (await readdir(join(folder, "cache", "environments"))).filter((name) => name.endsWith(".json")),
    ).toEqual([]);
  });
});

describe("python3", () => {
  it("that is not on the PATH is a missing requirement", async () => {
    const error = await errorOf(() => findPython({ PATH: folder }, signal));
    expect(error.code).toBe("REQUIREMENT_MISSING");
    expect(error.message).toBe("python3 is not on the PATH");
  });

  it.each([
    ["3.8.20", /is Python 3\.8\.20; SQLMesh needs 3\.9 or later/],
    ["2.7.18", /is Python 2\.7\.18/],
  ])("of version %s is too old", async (version, message) => {
    const answer = JSON.stringify({ version, base: "/usr/bin/python3", machine: "x86_64", hasVenv: true });
    await mkdir(join(folder, "bin"));
    await writeFile(join(folder, "bin", "python3"), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
    const error = await errorOf(() => findPython({ PATH: `${join(folder, "bin")}:/bin` }, signal));
    expect(error.code).toBe("REQUIREMENT_MISSING");
    expect(error.message).toMatch(message);
  });
});
