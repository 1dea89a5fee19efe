import { describe, expect, it } from "vitest";
import { wantedAt } from "../../../src/cli/completion/candidates.js";
import { completionScript, shells } from "../../../src/cli/completion/scripts.js";
import { buildProgram, loadCommand } from "../../../src/cli/program.js";
import { fakeApp, type } from "./fake-app.js";

const nothing = async (): Promise<void> => undefined;

/** What the last word of a command line may become. */
async function wanted(...words: readonly string[]) {
  const program = buildProgram("1.0.0", { outputError: () => undefined }, nothing);
  return wantedAt(program, words, (chosen) => loadCommand(chosen, nothing));
}
const valuesOf = async (...words: readonly string[]): Promise<readonly string[]> =>
  (await wanted(...words)).candidates.map(({ value }) => value);

describe("what may come next on the command line", () => {
  it("is a command, with what it does", async () => {
    const { candidates } = await wanted("");
    expect(candidates).toContainEqual({
      value: "verify",
      does: "check the data of one commit through Trino",
    });
  });

  it("is a command after options that every command takes, and their values", async () => {
    expect(await valuesOf("--config", "ci.yaml", "--json", "")).toContain("run");
  });

  it("is a subcommand", async () => {
    expect(await valuesOf("config", "")).toEqual(["show", "validate", "schema"]);
    expect(await valuesOf("lease", "")).toEqual(["show", "release"]);
  });

  it("is an option of the command, or one that every command takes", async () => {
    const options = await valuesOf("run", "--");
    expect(options).toEqual(expect.arrayContaining(["--restate", "--publish", "--json", "--help"]));
    expect(options).not.toContain("--at");
    expect(await valuesOf("local", "logs", "-")).toContain("--follow");
  });

  it.each([
    [["run", "--restate", ""], "models"],
    [["run", "-r", "oso."], "models"],
    [["plan", "--allow-destructive-model", ""], "models"],
    [["verify", "--select", ""], "models"],
    [["resume", "--rebuild", ""], "models"],
    [["models", ""], "models"],
    [["run", "--restate-category", ""], "categories"],
    [["plan", "-c", ""], "categories"],
    [["show", ""], "runs"],
    [["resume", "--abandon", ""], "runs"],
    [["rollback", ""], "releases"],
    [["releases", ""], "releases"],
    [["verify", "--at", ""], "commits"],
    [["diff", ""], "commits"],
    [["diff", "consumer", ""], "commits"],
  ])("%j: one of the %s", async (words, names) => {
    expect(await wanted(...words)).toMatchObject({ names, files: false });
  });

  it.each([[["run", "--plan", ""]], [["approve", ""]], [["--config", ""]], [["init", "--project", ""]]])(
    "%j: a file",
    async (words) => {
      expect(await wanted(...words)).toMatchObject({ names: null, files: true });
    },
  );

  it.each([
    [
      ["--output", ""],
      ["text", "json", "ndjson"],
    ],
    [
      ["init", "--approval", ""],
      ["none", "prompt", "required"],
    ],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
  ])("%j: one of its choices", async (words, choices) => {
    expect(await valuesOf(...words)).toEqual(choices);
  });

  it("stands behind `=` too, as one word or, in bash, as three", async () => {
    expect(await wanted("verify", "--at=co")).toMatchObject({
      names: "commits",
      prefix: "--at=",
      typed: "co",
    });
    expect(await wanted("verify", "--at", "=", "co")).toMatchObject({
      names: "commits",
      prefix: "",
      typed: "co",
    });
    expect(await wanted("verify", "--at", "=")).toMatchObject({ names: "commits", prefix: "", typed: "" });
  });

  it.each([[["show", "20261121-142051-3f9a", ""]], [["run", "--run-key", ""]], [["doctor", ""]]])(
    "%j: nothing that could be told",
    async (words) => {
      expect(await wanted(...words)).toMatchObject({ candidates: [], names: null, files: false });
    },
  );

  it("is an option where the one before may go without its value", async () => {
    expect(await valuesOf("run", "--wait", "--y")).toContain("--yes");
  });
});

describe("the scripts of completion", () => {
  it.each(shells)("for %s hand the words to the program of this installation", async (shell) => {
    const { text } = await type(["completion", shell], fakeApp().app);
    expect(text).toContain(process.execPath);
    expect(text).toMatch(/bin\/oso-pipeline\.js' complete /);
    expect(text).not.toMatch(/\beval\b/);
  });

  it("quote a path with blanks and quotes as each shell reads it", () => {
    const path = String.raw`/home/o'neil\x/node`;
    expect(completionScript("bash", [path])).toContain(String.raw`'/home/o'\''neil\x/node'`);
    expect(completionScript("fish", [path])).toContain(String.raw`'/home/o\'neil\\x/node'`);
  });
});
