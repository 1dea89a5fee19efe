import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Masker } from "../../../src/seeds/mask.js";
import { column } from "../../support/seeds.js";

const mask = (
  name: string,
  cells: readonly (string | null)[],
  { type = "varchar", table = "t", key = "k" } = {},
) => new Masker(key, table).column(column(name, type), cells);
const one = (name: string, cell: string, more = {}): string | null =>
  mask(name, [cell], more).cells[0] ?? null;

/** What masks say for everybody: fast-check's favourite texts have `name` among them. */
const ownWords = "user-@example.com name- address- masked- phone- 2001:db8::";

const email = fc
  .tuple(fc.stringMatching(/^[a-z0-9._]{2,12}$/), fc.stringMatching(/^[a-z]{3,10}\.(com|org|de)$/))
  .map((parts) => parts.join("@"));
const secret = fc.stringMatching(/^gh[ps]_[A-Za-z0-9]{20,36}$/);
const address = fc.ipV4().filter((ip) => !ip.startsWith("10."));
const digits = fc.stringMatching(/^\d{6,12}$/);

describe("masking", () => {
  it.each([
    ["e-mail addresses", email],
    ["tokens", secret],
    ["IP addresses", address],
    ["IPv6 addresses", fc.ipV6().filter((ip) => ip.split(":").length === 8 && !ip.includes("."))],
    ["phone numbers", digits.map((text) => `+49 ${text}`)],
  ])("never lets %s out of a text, in whatever column", (_, values) => {
    fc.assert(
      fc.property(values, fc.lorem(), (value, words) => {
        const text = `${words} ${value} ${words}`;
        expect(one("comment", text)).not.toContain(value);
        expect(one("payload", JSON.stringify({ a: [text] }), { type: "json" })).not.toContain(value);
      }),
    );
  });

  it.each(["email", "phone", "first_name", "ip_address", "password", "street", "user_name", "author_email"])(
    "never lets a value out of a column named %s",
    (name) => {
      fc.assert(
        fc.property(
          fc
            .string({ minLength: 4 })
            .filter((text) => text.trim().length >= 4 && !ownWords.includes(text.toLowerCase())),
          (value) => {
            expect(one(name, value)).not.toContain(value);
          },
        ),
      );
    },
  );

  it("gives the same mask for the same value, in every table and column", () => {
    fc.assert(
      fc.property(email, (value) => {
        expect(one("email", value, { table: "a" })).toBe(one("contact_email", value, { table: "b" }));
        expect(one("email", value)).toBe(one("note", value));
      }),
    );
  });

  it("gives different masks for different values, and with another key", () => {
    const { cells } = mask(
      "email",
      Array.from({ length: 100 }, (_, index) => `user${index}@site.org`),
    );
    expect(new Set(cells).size).toBe(100);
    expect(one("email", "a@b.org", { key: "1" })).not.toBe(one("email", "a@b.org", { key: "2" }));
  });

  it("keeps the form of phone numbers, and the length of numbers", () => {
    expect(one("phone", "25-989-741-2988")).toMatch(/^\d\d-\d{3}-\d{3}-\d{4}$/);
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 9_223_372_036_854_775_807n }), (number) => {
        const masked = one("mobile", String(number), { type: "bigint" }) ?? "";
        expect(masked).toHaveLength(String(number).length);
        expect(masked).not.toBe(String(number));
        expect(BigInt(masked)).toBeLessThanOrEqual(9_223_372_036_854_775_807n);
      }),
    );
  });

  it("masks by the names of fields in JSON, and leaves the rest of it as it is", () => {
    const json = '{"id":9223372036854775807,"user":{"email":"ann","phones":[4915112345678,"x"]},"n":1.50}';
    const masked = one("payload", json, { type: "json" }) ?? "";
    expect(masked).toMatch(
      /^\{"id":9223372036854775807,"user":\{"email":"user-[0-9a-f]{10}@example.com","phones":\[1\d{12},"phone-[0-9a-f]{10}"\]\},"n":1.50\}$/,
    );
  });

  it.each([
    ["name", "opensource-observer"],
    ["token_symbol", "USDC"],
    ["token", "ETH"],
    ["address", "0x87FEEd6162CB7dFe6B62F64366742349bF4D1B05"],
    ["transaction_hash", "0x5b3f0c1d9e8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b21"],
    ["created_at", "2025-01-06 13:25:40"],
    ["version", "5.3.0"],
    ["id", "01jgqz9n4x-7e2k-8d41"],
  ])("leaves %s %s as it is", (name, cell) => {
    expect(one(name, cell)).toBe(cell);
  });

  it("masks an address that might be one of base58 and might be none", () => {
    expect(one("address", "Z5mLuAoTUEeKY5v22VnnA4D87Ao6jF2LvMYnL8h")).toMatch(/^address-/);
  });

  it("takes a name for that of a person in a table of persons", () => {
    expect(one("name", "Ann", { table: "app_users" })).toMatch(/^name-/);
  });

  it("says what it masked and why", () => {
    expect(mask("email", ["a@b.org", null, ""]).masked).toEqual([
      { kind: "e-mail", because: "name", cells: 1 },
    ]);
    expect(mask("note", ["ask a@b.org or 192.168.7.1", "no"]).masked).toEqual([
      { kind: "e-mail", because: "values", cells: 1 },
      { kind: "IP address", because: "values", cells: 1 },
    ]);
  });
});
