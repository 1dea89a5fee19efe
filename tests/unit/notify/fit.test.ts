import { array, assert, constantFrom, integer, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { fit, fitLines } from "../../../src/notify/fit.js";

const graphemes = (text: string): string[] =>
  [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)].map(({ segment }) => segment);

/** Families, flags, skin tones, stacked accents, Hangul, halves of nothing, and what is escaped. */
const characters = constantFrom(
  "a",
  "_",
  "👩‍👩‍👧‍👦",
  "🇩🇪",
  "👍🏽",
  "e\u0301\u0302\u0303",
  "각",
  "<",
  "&",
  "\n",
  "ﷺ",
  "𝒳",
);
const texts = array(characters, { maxLength: 60 }).map((all) => all.join(""));
const escape = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll("_", String.raw`\_`);

/** All of it where that fits; else as many characters as leave room for `…`. */
function asSpecified(pieces: readonly string[], limit: number): string {
  if (pieces.join("").length <= limit) return pieces.join("");
  const starts = pieces.map((_, index) => pieces.slice(0, index).join(""));
  return limit < 1 ? "" : `${starts.findLast((start) => start.length + 1 <= limit) ?? ""}…`;
}

describe("cutting text", () => {
  it("leaves alone what fits, to the last unit", () => {
    expect(fit("0123456789", 10)).toBe("0123456789");
    expect(fit("👩‍👩‍👧‍👦", 11)).toBe("👩‍👩‍👧‍👦");
    expect(fit("a".repeat(4096), 4096)).toBe("a".repeat(4096));
  });

  it("ends by … where something is missing, and is then as long as it may be", () => {
    expect(fit("0123456789A", 10)).toBe("012345678…");
    expect(fit("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 12)).toBe("👩‍👩‍👧‍👦…");
    expect(fit("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 11)).toBe("…");
    expect(fit("abc", 0)).toBe("");
  });

  it("never cuts within a character or its escape, and wastes no room, whatever the text and the limit", () => {
    assert(
      property(texts, integer({ min: 0, max: 200 }), (text, limit) => {
        expect(fit(text, limit, escape)).toBe(asSpecified(graphemes(text).map(escape), limit));
      }),
    );
  });

  it("bears anything that calls itself text", () => {
    assert(
      property(string({ unit: "binary", maxLength: 300 }), integer({ min: 1, max: 100 }), (text, limit) => {
        const cut = fit(text, limit);
        expect(cut.length).toBeLessThanOrEqual(limit);
        expect(cut).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });
});

describe("cutting lists", () => {
  it("says how many are missing", () => {
    expect(fitLines(["one", "two", "three"], 100)).toBe("one\ntwo\nthree");
    expect(
      fitLines(
        Array.from({ length: 50 }, (_, index) => `model_${index}`),
        60,
      ),
    ).toBe("model_0\nmodel_1\nmodel_2\nmodel_3\nmodel_4\n… and 45 more");
  });

  it("fits for any lines and limit, and every line that is shown is whole", () => {
    assert(
      property(
        array(
          texts.map((text) => text.replaceAll("\n", " ")),
          { maxLength: 20 },
        ),
        integer({ min: 20, max: 300 }),
        (lines, limit) => {
          const cut = fitLines(lines, limit, escape);
          expect(cut.length).toBeLessThanOrEqual(limit);
          const shown = cut.split("\n").filter((line) => !/^… and \d+ more$/.test(line));
          // One that stands alone may be cut itself.
          const whole = shown.length > 1 ? shown : [];
          expect(whole).toEqual(lines.slice(0, whole.length).map((line) => fit(line, 400, escape)));
        },
      ),
    );
  });
});
