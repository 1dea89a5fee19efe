import * as z from "zod";
import { text, timeout } from "./words.js";

const hook = z.strictObject({
  command: z
    .union([text, z.array(text).min(1, { error: "must not be empty" })], {
      error: "must be a line for sh, or a list of words",
    })
    .describe("A line for `sh`, or a list of words that no shell reads."),
  timeout: timeout
    .default("10m")
    .describe("How long it may take. Then it is ended with all that it has started."),
  on_failure: z
    .enum(["fail", "ignore"])
    .default("fail")
    .describe("What its failure means: `fail` ends the command with an error, `ignore` only tells."),
});

const hooks = (what: string) => z.array(hook).default([]).describe(what);

export const hooksSchema = z
  .strictObject({
    before_run: hooks("Before a run or a resume, under its lease, before Trino is asked anything."),
    after_run: hooks("After it, however it ended."),
    before_verify: hooks("Before data is verified; not where an attestation holds."),
    after_verify: hooks("After it, however it ended."),
    before_publish: hooks(
      "Before what is to be published is verified; not where nothing is to be published.",
    ),
    after_publish: hooks("After it, however it ended."),
  })
  .describe("Commands of your own around the work, one after the other.");

export const waitUntilReady = z
  .strictObject({
    timeout: timeout.default("10m").describe("How long to wait at most."),
    minimum_workers: z
      .int()
      .min(0)
      .default(0)
      .describe("Active nodes, the coordinator not counted, that there must be."),
  })
  .optional()
  .describe(
    "Wait before a run, a verification and a publication until Trino has started and has its workers. Left out: " +
      "Trino is expected to be there.",
  );
