import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Secret } from "../../../src/core/secret.js";

describe("a secret", () => {
  it("gives its value only when revealed", () => {
    expect(Secret.of("hunter2").reveal()).toBe("hunter2");
  });

  it("is three stars wherever it is printed", () => {
    const secret = Secret.of("hunter2");
    expect(String(secret)).toBe("***");
    expect(JSON.stringify({ secret })).toBe('{"secret":"***"}');
    expect(inspect({ secret }, { showHidden: true, depth: 9 })).toBe("{ secret: *** }");
    expect(Object.keys(secret)).toEqual([]);
  });

  it("is looked for at each use, not before", () => {
    let value = "first";
    const secret = new Secret(() => value);
    value = "second";
    expect(secret.reveal()).toBe("second");
  });
});
