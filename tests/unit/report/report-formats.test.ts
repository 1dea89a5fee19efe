import { describe, expect, it } from "vitest";
import { renderJUnit } from "../../../src/report/junit.js";
import { renderMarkdown } from "../../../src/report/markdown.js";
import { runReport } from "../../../src/report/model/run.js";
import { formatOf } from "../../../src/report/write.js";
import { hostile } from "../../support/hostile.js";
import { failedEntry } from "../../support/restatement-plans.js";
import {
  attempt,
  bigMemory,
  chainOf,
  journalOf,
  pastCheck,
  pastVerification,
  runMemory,
} from "../../support/reports.js";

const plan = chainOf(["oso.a", "oso.b", "oso.c"]);

function failedReport(message = "boom\nat line 2", name = "oso.b") {
  const own = chainOf(["oso.a", name, "oso.c"]);
  return runReport(
    runMemory({
      plan: own,
      journal: [...journalOf(own).slice(0, 1), failedEntry(name, { message })],
      run: {
        status: "failed",
        attempts: [
          attempt({
            failure: { code: "TRANSFORMATION_FAILED", message: `${name} failed`, hint: "mend it", next: [] },
          }),
        ],
      },
      verifications: [
        pastVerification({
          verdict: "failed",
          checks: [
            pastCheck(),
            pastCheck({
              check: "row_count",
              outcome: "failed",
              expected: "rows at least 5",
              observed: "3 rows",
            }),
            pastCheck({ check: "fresh", outcome: "warned", severity: "warn" }),
            pastCheck({ check: "odd", outcome: "error", observed: message }),
          ],
        }),
      ],
    }),
  );
}

describe("JUnit", () => {
  it("has a suite of models and one of checks, with what failed, was left, warned or could not be evaluated", () => {
    const xml = renderJUnit(failedReport());
    expect(xml).toContain('<testsuites tests="8" failures="2" errors="2" skipped="1">');
    expect(xml).toMatch(/<testcase classname="oso-pipeline\.restated" name="oso\.a" time="1"\/>/);
    expect(xml).toMatch(/name="oso\.b"[^>]*>\s*<failure message="boom" type="model">/);
    expect(xml).toMatch(/name="oso\.c"[^>]*>\s*<skipped\/>/);
    expect(xml).toMatch(/name="row_count"[^>]*>\s*<failure message="3 rows" type="check">/);
    expect(xml).toMatch(/name="odd"[^>]*>\s*<error/);
    expect(xml).toMatch(/name="fresh"[^>]*>\s*<system-out>/);
    expect(xml).toContain("attempt 1 ended with TRANSFORMATION_FAILED");
  });

  it.each(hostile)("has the same elements whatever names and messages are: %j", (text) => {
    const shape = (xml: string) =>
      [...xml.replaceAll(/<!\[CDATA\[[\s\S]*?\]\]>/g, "").matchAll(/<\/?[a-z-]+/g)].map(([tag]) => tag);
    const xml = renderJUnit(failedReport(text, text));
    expect(shape(xml)).toEqual(shape(renderJUnit(failedReport())));
    expect(xml).not.toMatch(/(?![\t\n\r])\p{Cc}|\p{Cs}/u);
  });
});

describe("Markdown", () => {
  it("begins with the outcome, and tells failures before figures of what went well", () => {
    const text = renderMarkdown(failedReport());
    expect(text.split("\n")[0]).toBe("## ✕ Run 20261121-142051-3f9a: failed");
    const places = [
      "### What went wrong",
      "boom\nat line 2",
      "### Checks: 3 of 4 did not pass",
      "### Models",
      "`oso.b` | ✕ failed",
    ].map((part) => text.indexOf(part));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it.each([500, 2_000, 20_000, 65_536])(
    "keeps within %i bytes, cuts no row in two, and counts what is missing",
    (limit) => {
      const text = renderMarkdown(runReport(bigMemory(800, 2, 100)), limit);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limit);
      expect(text).toContain("for which there is no room here");
      expect(text.startsWith("## ✕ Run")).toBe(true);
      for (const row of text.split("\n").filter((line) => line.startsWith("| ")))
        expect(row.endsWith("|")).toBe(true);
    },
  );

  it("tells everything where there is room", () => {
    const text = renderMarkdown(runReport(runMemory({ plan })));
    expect(text).not.toContain("no room");
    expect(text).toContain("| `oso.c` | ✓ done | 1 | 10 |");
  });

  it.each(hostile)("has the same headings, rows and columns whatever names and messages are: %j", (text) => {
    const shape = (markdown: string): readonly string[] =>
      withoutCode(markdown)
        .split("\n")
        .flatMap((line) =>
          line.startsWith("#")
            ? (line.match(/^#+/) ?? [])
            : line.startsWith("|")
              ? [String(line.match(/(?<!\\)\|/g)?.length)]
              : [],
        );
    const markdown = renderMarkdown(failedReport(text, text));
    expect(shape(markdown)).toEqual(shape(renderMarkdown(failedReport())));
    expect(withoutCode(markdown)).not.toMatch(/(?<!\\)<[a-z/!]|\]\(javascript:/i);
  });
});

/** Code is shown as it is, whatever it says. */
const withoutCode = (markdown: string): string =>
  markdown.replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, "").replaceAll(/(`+)(?!`).*?(?<!`)\1(?!`)/g, "");

describe("a format", () => {
  it("goes by the end of the file's name", () => {
    expect(["a.html", "a.xml", "a.md", "a"].map(formatOf)).toEqual(["html", "junit", "markdown", "html"]);
  });
});
