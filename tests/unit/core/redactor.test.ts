import { describe, expect, it } from "vitest";
import { mapTexts, Redactor } from "../../../src/core/redactor.js";

describe("striking out secrets", () => {
  it("removes what was kept, wherever it stands", () => {
    const redactor = new Redactor();
    expect(redactor.keep("hunter22")).toBe("hunter22");
    expect(redactor.redact("no user hunter22 (hunter22)")).toBe("no user *** (***)");
  });

  it("removes credentials of any header that a service repeats", () => {
    expect(new Redactor().redact("bad header 'Authorization: Bearer eyJhbGciOi.J9'")).toBe(
      "bad header 'Authorization: Bearer ***'",
    );
    expect(new Redactor().redact("Basic dXNlcjpwYXNzd29yZA==")).toBe("Basic ***");
  });

  it("leaves text alone when the secret is empty", () => {
    const redactor = new Redactor();
    redactor.keep("");
    expect(redactor.redact("as it was")).toBe("as it was");
  });

  it("removes the longer before the shorter, and passwords in addresses", () => {
    const redactor = new Redactor();
    redactor.keep("hunter22!");
    redactor.keep("hunter22!more");
    expect(redactor.redact("hunter22!more or hunter22!")).toBe("*** or ***");
    expect(redactor.redact("see https://me:pass@host/x")).toBe("see https://***@host/x");
  });
});

describe("changing texts", () => {
  it("reaches every text of a value, and nothing else", () => {
    const value = { a: ["x", { b: "y" }], n: 7, none: null, yes: true };
    expect(mapTexts(value, (text) => `${text}!`)).toEqual({
      a: ["x!", { b: "y!" }],
      n: 7,
      none: null,
      yes: true,
    });
  });
});
