import { array, assert, constantFrom, property, record, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { discordLimits, discordMessage } from "../../../src/notify/discord.js";
import { mailText, subjectOf } from "../../../src/notify/email.js";
import { slackLimits, slackMessage } from "../../../src/notify/slack.js";
import { webhookBody } from "../../../src/notify/webhook.js";
import { someAlert } from "./alerts.js";

const AT = "2026-11-21T23:00:00.000Z";

/** Short, long, hostile. */
const saidTexts = array(
  constantFrom(
    "oso.stg_github__events ",
    "👩‍👩‍👧‍👦",
    "@everyone ",
    "<!channel>",
    "*_~`|>",
    "[x](https://evil.example)",
    "é".normalize("NFD"),
  ),
  {
    maxLength: 700,
  },
).map((all) => all.join(""));
const titles = string({ maxLength: 300 });
const alerts = record({
  title: saidTexts,
  text: saidTexts,
  next: constantFrom(null, "oso-pipeline verify", "`".repeat(3000)),
  facts: array(record({ name: titles, value: saidTexts }), { maxLength: 40 }),
  lists: array(record({ title: titles, lines: array(saidTexts, { maxLength: 30 }) }), { maxLength: 8 }),
  links: array(
    record({
      title: titles,
      url: constantFrom("https://ci.example.org/jobs/7", `https://x.example/${"a".repeat(1200)}`),
    }),
    { maxLength: 6 },
  ),
}).map((change) => someAlert(change));

describe("Discord", () => {
  it("takes any alert: each text within its limit, and all of them within the total", () => {
    assert(
      property(alerts, (alert) => {
        const { embeds, allowed_mentions: mentions } = discordMessage(alert, AT);
        expect(mentions).toEqual({ parse: [] });
        const [{ title, description, fields }] = embeds;
        expect(title.length).toBeLessThanOrEqual(discordLimits.title);
        expect(description.length).toBeLessThanOrEqual(discordLimits.description);
        expect(fields.length).toBeLessThanOrEqual(discordLimits.fields);
        for (const { name, value } of fields) {
          expect(name.length).toBeLessThanOrEqual(discordLimits.fieldName);
          expect(value.length).toBeLessThanOrEqual(discordLimits.fieldValue);
          expect(name.trim() === "" || value.trim() === "").toBe(false);
        }
        const total = fields.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
        expect(total + title.length + description.length).toBeLessThanOrEqual(discordLimits.total);
      }),
      { numRuns: 60 },
    );
  });

  it("shows what to look at, and last what to do", () => {
    expect(discordMessage(someAlert(), AT)).toMatchObject({
      embeds: [
        {
          title: "2 checks failed on main",
          timestamp: AT,
          fields: [
            { name: "commit", value: "366be0c8a1b2", inline: true },
            { name: "error", value: String.raw`CHECKS\_FAILED`, inline: true },
            {
              name: "Failed",
              value: String.raw`oso.projects\_v1 unique\(project\_id\)\: 3 values are there twice`,
            },
            { name: "Next", value: "`oso-pipeline verify`" },
            { name: "Links", value: "[CI run](<https://ci.example.org/jobs/7>)" },
          ],
        },
      ],
    });
  });

  it("says everything that has room to somebody with long lists: what to do is never crowded out", () => {
    const lines = Array.from({ length: 400 }, (_, index) => `oso.model_${index}: ${"x".repeat(200)}`);
    const lists = Array.from({ length: 8 }, (_, index) => ({ title: `List ${index}`, lines }));
    const names = discordMessage(someAlert({ lists, text: "x".repeat(9000) }), AT).embeds[0].fields.map(
      ({ name }) => name,
    );
    expect(names).toContain("Next");
    expect(names).toContain("Links");
    expect(names).toContain("List 0");
  });

  it("takes no markup, mention or link from outside", () => {
    const hostile = "@everyone <@123> **bold** `code` [x](https://evil.example) # title ||spoiler||";
    const { description } = discordMessage(someAlert({ text: hostile }), AT).embeds[0];
    expect(description.replaceAll(/\\[^\w\s]/g, "")).not.toMatch(/[@<>*`[\]()#|]/);
    const next = discordMessage(someAlert({ next: "a`b``c" }), AT).embeds[0].fields.find(
      ({ name }) => name === "Next",
    );
    expect(next?.value).toBe("`a'b''c`");
  });

  it("leaves no way out of a link", () => {
    const links = [{ title: "Report", url: "https://x.example/a>b)c d" }];
    const fields = discordMessage(someAlert({ links }), AT).embeds[0].fields;
    expect(fields.find(({ name }) => name === "Links")?.value).toBe(
      "[Report](<https://x.example/a%3Eb)c%20d>)",
    );
  });
});

describe("Slack", () => {
  it("takes any alert: each block within its limit", () => {
    assert(
      property(alerts, (alert) => {
        const { text, blocks } = slackMessage(alert);
        expect(text.length).toBeLessThanOrEqual(slackLimits.text);
        expect(blocks.length).toBeLessThanOrEqual(slackLimits.blocks);
        const texts = blocks.flatMap((block): { said: string; limit: number }[] =>
          "fields" in block
            ? block.fields.map(({ text: said }) => ({ said, limit: slackLimits.field }))
            : [
                {
                  said: block.text.text,
                  limit: block.type === "header" ? slackLimits.header : slackLimits.section,
                },
              ],
        );
        expect(texts.filter(({ said, limit }) => said.length > limit || said.trim() === "")).toEqual([]);
        const fields = blocks.map((block) => ("fields" in block ? block.fields.length : 0));
        expect(Math.max(...fields)).toBeLessThanOrEqual(slackLimits.fields);
      }),
      { numRuns: 60 },
    );
  });

  it("mentions nobody and links nothing, whatever the text says", () => {
    const { blocks, text } = slackMessage(
      someAlert({ text: "<!channel> & <https://evil.example|click>", links: [] }),
    );
    const said = JSON.stringify(blocks.slice(1)) + text;
    expect(said).toContain("&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;");
    expect(said).not.toContain("<");
  });
});

describe("mail", () => {
  it("is plain text with everything in it, under a subject of one line", () => {
    const alert = someAlert({ title: "failed\r\nBcc: everybody@example.org" });
    expect(subjectOf(alert)).toBe("[oso-pipeline] ERROR: failed Bcc: everybody@example.org");
    expect(mailText(someAlert())).toMatchInlineSnapshot(`
      "2 checks failed on main

      2 of 14 checks failed

      commit  366be0c8a1b2
      error   CHECKS_FAILED

      Failed:
        oso.projects_v1 unique(project_id): 3 values are there twice

      Next: oso-pipeline verify

      CI run: https://ci.example.org/jobs/7
      "
    `);
  });
});

describe("the generic webhook", () => {
  it("carries the alert as data", () => {
    expect(JSON.parse(webhookBody(someAlert(), "id-1", AT))).toEqual({
      version: 1,
      id: "id-1",
      at: AT,
      event: "checks_failed",
      severity: "error",
      subject: "verify main",
      environment: "prod",
      title: "2 checks failed on main",
      text: "2 of 14 checks failed",
      facts: { commit: "366be0c8a1b2", error: "CHECKS_FAILED" },
      lists: [
        {
          title: "Failed",
          lines: ["oso.projects_v1 unique(project_id): 3 values are there twice"],
          total: 1,
        },
      ],
      links: [{ title: "CI run", url: "https://ci.example.org/jobs/7" }],
      next: "oso-pipeline verify",
    });
  });
});
