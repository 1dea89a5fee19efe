import { describe, expect, it } from "vitest";
import { describeTerminal } from "../../../src/report/terminal.js";

const terminal = { isTTY: true, columns: 100 };

describe("the terminal", () => {
  it("is colourful only where people look, and never against NO_COLOR or --no-color", () => {
    expect(describeTerminal(terminal, {}, true).chalk.level).toBe(1);
    expect(describeTerminal({}, {}, true).chalk.level).toBe(0);
    expect(describeTerminal(terminal, { NO_COLOR: "1" }, true).chalk.level).toBe(0);
    expect(describeTerminal(terminal, {}, false).chalk.level).toBe(0);
    expect(describeTerminal({}, { FORCE_COLOR: "1" }, true).chalk.level).toBe(1);
    expect(describeTerminal(terminal, { TERM: "dumb" }, true).chalk.level).toBe(0);
  });

  it("is redrawn neither in CI nor in a pipe", () => {
    expect(describeTerminal(terminal, {}, true).interactive).toBe(true);
    expect(describeTerminal(terminal, { CI: "true" }, true).interactive).toBe(false);
    expect(describeTerminal({}, {}, true).interactive).toBe(false);
  });
});
