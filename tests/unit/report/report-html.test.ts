import { describe, expect, it } from "vitest";
import { lineageOf } from "../../../src/report/html/lineage.js";
import { html } from "../../../src/report/html/markup.js";
import { renderHtml } from "../../../src/report/html/page.js";
import { runReport } from "../../../src/report/model/run.js";
import { hostile } from "../../support/hostile.js";
import { failedEntry } from "../../support/restatement-plans.js";
import {
  attempt,
  bigMemory,
  chainOf,
  iso,
  BEGAN,
  journalOf,
  pastCheck,
  pastVerification,
  runMemory,
} from "../../support/reports.js";

const LIMIT = 2_000_000;

/** A report in which everything that comes from outside is this text. */
function reportOf(text: string) {
  const plan = chainOf([text, `${text} 2`]);
  const failure = { ...failedEntry(text, { message: text }), at: iso(BEGAN) };
  return runReport(
    runMemory({
      plan,
      journal: [...journalOf(plan).slice(1), failure],
      logs: [{ attempt: 1, file: text, lines: [text, text] }],
      run: {
        environment: text,
        trigger: { source: "key", key: text, by: { name: text, from: "login" }, link: `javascript:${text}` },
        attempts: [
          attempt({
            sqlmeshVersion: text,
            failure: {
              code: "TRANSFORMATION_FAILED",
              message: text,
              hint: text,
              next: [{ command: text, does: text }],
            },
          }),
        ],
      },
      verifications: [
        pastVerification({
          verdict: "failed",
          by: { name: text, from: "login" },
          selected: [text],
          checks: [
            pastCheck({
              model: text,
              check: text,
              outcome: "failed",
              expected: text,
              observed: text,
              rowsQuery: text,
              where: text,
            }),
          ],
          unpinned: [{ model: text, reason: text }],
        }),
      ],
    }),
  );
}

/** Names of elements, and of what stands in their tags. */
const shapeOf = (page: string): readonly string[] =>
  [
    ...page
      .replaceAll(/<style>.*?<\/style>/gs, "")
      .matchAll(/<(\/?[a-z0-9]+)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>/gi),
  ].map(
    ([, name = "", attributes = ""]) =>
      `${name}${[...attributes.matchAll(/\s([a-z-]+)(?:=|\s|$)/gi)].map(([, one]) => ` ${one}`).join("")}`,
  );

describe("the HTML report", () => {
  it.each(hostile)("has the same elements and attributes whatever names and messages are: %j", (text) => {
    const page = renderHtml(reportOf(text));
    expect(shapeOf(page)).toEqual(shapeOf(renderHtml(reportOf("harmless"))));
    expect(page).not.toMatch(/<script|href="javascript:/i);
    expect(page).not.toContain("\u001B");
    expect(page).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);
  });

  it("stays below 2 MB for 800 models of 5 batches with checks and history", () => {
    expect(Buffer.byteLength(renderHtml(runReport(bigMemory(800, 5))))).toBeLessThan(LIMIT);
  });

  it("stays below 2 MB where most of 800 models fail with long messages", () => {
    const memory = bigMemory(800, 5, 700);
    const journal = memory.journal.map((entry) =>
      entry.type === "model-failed"
        ? {
            ...entry,
            failure: { ...entry.failure, message: `${entry.failure.message} ${"long ".repeat(4000)}` },
          }
        : entry,
    );
    expect(Buffer.byteLength(renderHtml(runReport({ ...memory, journal })))).toBeLessThan(LIMIT);
  });

  it("joins the bars of each attempt where there are too many to tell apart", () => {
    const count = (batches: number): number =>
      [
        ...renderHtml(runReport(runMemory({ plan: chainOf(["oso.a", "oso.b"], batches) }))).matchAll(
          /class="stored"/g,
        ),
      ].length;
    expect(count(100)).toBe(200);
    expect(count(3000)).toBe(2);
  });

  it("needs nothing beside it: no script, no address but links", () => {
    const page = renderHtml(runReport(runMemory()));
    expect(page).not.toMatch(/<script|@import|url\(|<iframe|<object/i);
    const addresses = [...page.matchAll(/\b(?:src|href|action|data)="([^"]*)"/g)].map(
      ([, address]) => address,
    );
    expect(
      addresses.filter((address) => !/^(?:#|data:,|https:\/\/trino\.example\.org\/)/.test(address ?? "")),
    ).toEqual([]);
  });

  it("says in words what colours say", () => {
    const page = renderHtml(reportOf("oso.a"));
    for (const word of ["✕</span> failed", "✓</span> done", "failed</span>"]) expect(page).toContain(word);
  });
});

describe("a template", () => {
  it("escapes what it is given and keeps what is markup", () => {
    expect(html`<a title="${`"'<&>`}">${["x", html`<b>${"<"}</b>`, null, 3]}</a>`.text).toBe(
      `<a title="&quot;&#39;&lt;&amp;&gt;">x<b>&lt;</b>3</a>`,
    );
  });
});

describe("a lineage", () => {
  const { models } = runReport(bigMemory(800, 1, 50));

  it("is drawn model by model as long as that can be followed", () => {
    const few = runReport(runMemory()).models;
    expect(lineageOf(few)).toMatchObject({
      nodes: [{ id: "oso.a" }, { id: "oso.b" }, { id: "oso.c" }],
      edges: [
        ["oso.a", "oso.b"],
        ["oso.b", "oso.c"],
      ],
    });
  });

  it("bundles what fared alike at the same depth, loses no model, and leads from left to right", () => {
    const { nodes, edges } = lineageOf(models);
    expect(nodes.length).toBeLessThan(100);
    expect(nodes.flatMap((node) => node.models).length).toBe(800);
    expect(
      nodes.filter((node) => node.models.length === 1 && node.models[0]?.outcome === "failed").length,
    ).toBe(40);
    expect(edges.filter(([from, to]) => from === to)).toEqual([]);
    for (const node of nodes) expect(new Set(node.models.map(({ outcome }) => outcome)).size).toBe(1);
  });
});
