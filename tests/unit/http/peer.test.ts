import { describe, expect, it } from "vitest";
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
