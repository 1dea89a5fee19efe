import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson, toJson } from "../../../src/http/json.js";

describe("JSON on the wire", () => {
  it("keeps integers beyond 2^53 exact, wherever they stand", () => {
    expect(
      parseJson('{"id": 4696621884600235920, "rows": [[-9223372036854775808, {"k": 9007199254740993}]]}'),
    ).toEqual({
      id: 4696621884600235920n,
      rows: [[-9223372036854775808n, { k: 9007199254740993n }]],
    });
  });

  it("leaves every other number a number, large doubles too", () => {
    expect(parseJson("[0, -1, 9007199254740991, 1.5, 1.0E17, 1e300, -0.0]")).toEqual([
      0,
      -1,
      Number.MAX_SAFE_INTEGER,
      1.5,
      1e17,
      1e300,
      -0,
    ]);
  });

  it("gives back any 64-bit integer that it wrote", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const exact = Number.isSafeInteger(Number(value)) ? Number(value) : value;
        expect(parseJson(toJson([value]))).toEqual([exact]);
      }),
    );
  });

  it("agrees with JSON.parse where no integer is large", () => {
    fc.assert(
      fc.property(
        fc.json().filter((text) => !/\d{16}/.test(text)),
        (text) => {
          expect(parseJson(text)).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  it("takes __proto__ for a name like any other", () => {
    const parsed = parseJson('{"__proto__": {"polluted": true}}');
    expect(Object.entries(Object(parsed))).toEqual([["__proto__", { polluted: true }]]);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });

  it("refuses what is not JSON", () => {
    expect(() => parseJson("<html>")).toThrow(SyntaxError);
    expect(() => parseJson("")).toThrow(SyntaxError);
  });
});
