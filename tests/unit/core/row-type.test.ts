import { describe, expect, it } from "vitest";
import { rowFields } from "../../../src/core/row-type.js";

describe("the fields of a row type", () => {
  it("are found at the top level, whatever stands inside them", () => {
    const type =
      'row(id row(min bigint, max bigint), at timestamp(6) with time zone, amount decimal(10, 2), "odd ""na,me)" integer)';
    expect(Object.fromEntries(rowFields(type) ?? [])).toEqual({
      id: "row(min bigint, max bigint)",
      at: "timestamp(6) with time zone",
      amount: "decimal(10, 2)",
      'odd "na,me)': "integer",
    });
  });

  it("are none of what is no row, or of one without names", () => {
    expect(rowFields("bigint")).toBeNull();
    expect(rowFields("")).toBeNull();
    expect(rowFields("row(bigint)")).toBeNull();
  });
});
