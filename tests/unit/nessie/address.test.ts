import { describe, expect, it } from "vitest";
import { nessieAddresses } from "../../../src/nessie/address.js";

describe("Nessie's two endpoints", () => {
  it.each([
    "http://nessie:19120",
    "http://nessie:19120/",
    "http://nessie:19120/api",
    "http://nessie:19120/api/v1",
    "http://nessie:19120/api/v2",
    "http://nessie:19120/api/v2/",
  ])("are found from %s", (uri) => {
    expect(nessieAddresses(uri)).toEqual({
      api: "http://nessie:19120/api/v2",
      iceberg: "http://nessie:19120/iceberg",
    });
  });

  it("stay together behind a path of a proxy", () => {
    expect(nessieAddresses("https://data.example/nessie/api/v2").iceberg).toBe(
      "https://data.example/nessie/iceberg",
    );
  });

  it("may be configured apart", () => {
    expect(nessieAddresses("http://nessie:19120/api/v2", "http://catalog:8181/iceberg/").iceberg).toBe(
      "http://catalog:8181/iceberg",
    );
  });
});
