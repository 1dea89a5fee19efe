import { describe, expect, it } from "vitest";
import { readFileSync } from "node:fs";
import { exitCodes, PipelineError } from "../../../src/core/errors.js";

describe("error codes", () => {
  it("are all documented with their exit code", () => {
    const document = readFileSync(new URL("../../../docs/exit-codes.md", import.meta.url), "utf8");
    const documented = Object.fromEntries(
      [...document.matchAll(/^\| (\d+) +\| `([A-Z_]+)` +\|/gm)].map((match) => [match[2], Number(match[1])]),
    );
    expect(documented).toEqual(exitCodes);
  });

  it("carry their exit code", () => {
    expect(new PipelineError("CHECKS_FAILED", { message: "1 check failed" }).exitCode).toBe(7);
  });
});
