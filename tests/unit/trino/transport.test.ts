import { Trino } from "trino-client";
import { describe, expect, it } from "vitest";
import { setAdapter } from "../../../src/trino/transport.js";

describe("the private configuration of trino-client", () => {
  it("is where it was in the version this is written for", async () => {
    const trino = Trino.create({ server: "http://trino.test" });
    setAdapter(trino, () => Promise.reject(new Error("sent through the adapter")));
    await expect(trino.query("SELECT 1")).rejects.toThrow("sent through the adapter");
  });

  it("is missed loudly when another version keeps it elsewhere", () => {
    const other: Trino = Object.create(Trino.prototype);
    expect(() => setAdapter(other, () => undefined)).toThrow("trino-client has no client");
  });
});
