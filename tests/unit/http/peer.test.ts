import { describe, expect, it } from "vitest";
import { Redactor } from "../../../src/http/auth.js";
import { baseAddress } from "../../../src/http/peer.js";
import { errorOf } from "../../support/errors.js";

describe("a configured address", () => {
  it("is shown without its credentials, query and closing slash", () => {
    expect(baseAddress("Nessie", "https://reader:s%40cret@nessie.example:19120/api/v2/?token=x#y")).toEqual({
      url: "https://nessie.example:19120/api/v2",
      userInfo: { username: "reader", password: "s@cret" },
    });
  });

  it("has no credentials where none are written", () => {
    expect(baseAddress("Nessie", "http://nessie.example")).toEqual({
      url: "http://nessie.example",
      userInfo: null,
    });
  });

  it.each(["", "nessie:19120", "ftp://nessie.example", "not an address"])(
    "is refused when it is %j",
    async (text) => {
      const error = await errorOf(() => baseAddress("Nessie", text));
      expect(error.code).toBe("CONFIG_INVALID");
      expect(error.message).toContain("Nessie");
    },
  );
});

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
});
