import { once } from "node:events";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { confirm } from "../../../src/cli/prompt.js";
import { errorOf } from "../../support/errors.js";
import { terminalOf } from "../../unit/report/fixtures.js";

/** A question on streams that behave like a terminal's; what is typed is sent once the question stands there. */
function asked(signal = new AbortController().signal) {
  const input = new PassThrough();
  const output = new PassThrough();
  const written: string[] = [];
  output.on("data", (chunk: Buffer) => written.push(chunk.toString()));
  const streams = { input, output } as unknown as Parameters<typeof confirm>[1];
  const answer = confirm("Restate this in prod?", streams, terminalOf(80), signal);
  answer.catch(() => undefined);
  const stands = once(output, "data");
  return {
    answer,
    stands,
    type: async (keys: string): Promise<boolean> => {
      await stands;
      input.write(keys);
      return answer;
    },
    text: () => written.join(""),
  };
}

describe("the question at the terminal", () => {
  it.each([
    ["y\r", true],
    ["yes\r", true],
    ["n\r", false],
    ["\r", false],
    ["x\r", false],
  ])("takes %j for %s", async (keys, expected) => {
    expect(await asked().type(keys)).toBe(expected);
  });

  it("says that no is what Enter means, in no colour where there is none", async () => {
    const question = asked();
    await question.type("n\r");
    expect(question.text()).toContain("? Restate this in prod? (y/N)");
    const sequences = question.text().split("\u001B[").slice(1);
    expect(sequences.filter((sequence) => /^[\d;]*m/.test(sequence))).toEqual([]);
  });

  it("ends with INTERRUPTED on Ctrl-C", async () => {
    const question = asked();
    expect(await errorOf(() => question.type("\u0003"))).toMatchObject({
      code: "INTERRUPTED",
      exitCode: 130,
    });
  });

  it("ends with the reason of whatever breaks the command off", async () => {
    const breaking = new AbortController();
    const question = asked(breaking.signal);
    await question.stands;
    const reason = new Error("--timeout");
    breaking.abort(reason);
    await expect(question.answer).rejects.toBe(reason);
  });
});
