import * as z from "zod";
import { parseDuration } from "../core/duration.js";

/** The kinds of values the configuration is made of. */

export const text = z.string().min(1, { error: "must not be empty" });

export const textList = z.array(text);

/** One or several; a single one needs no brackets. */
export const oneOrMore = z.union([text, z.array(text).min(1, { error: "must not be empty" })], {
  error: "must be text or a list of texts",
});

/** An identifier of Trino or part of a variable's name. */
export const name = text.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
  error: "must be made of letters, digits and _, and not start with a digit",
});

export const localPath = text;

const durationPattern = /^\d+(\.\d+)?\s*(ms|s|m|h|d|w)$/;

/** Written `10m`, `36h`, `7d`. */
export const duration = z
  .string({ error: "must be a duration: a number and ms, s, m, h, d or w, e.g. 30m" })
  .regex(durationPattern, { error: "must be a duration: a number and ms, s, m, h, d or w, e.g. 30m" })
  .refine((written) => parseDuration(written) !== 0, { error: "must be longer than nothing" });

/** Node's timers hold 2^31 - 1 ms, a little under 25 days; beyond it they fire at once. */
export const timeout = duration.refine((written) => (parseDuration(written) ?? 0) <= 24 * 86_400_000, {
  error: "must be at most 24d",
});

export const httpUrl = ({ originOnly = false } = {}) =>
  z.string().superRefine((written, context) => {
    const problem = urlProblem(written, originOnly);
    if (problem) context.addIssue(problem);
  });

/** Never repeats what was written: a URL may carry a password. */
function urlProblem(written: string, originOnly: boolean): string | undefined {
  if (!URL.canParse(written)) return "must be a URL that starts with http:// or https://";
  const url = new URL(written);
  if (url.protocol !== "http:" && url.protocol !== "https:") return "must start with http:// or https://";
  if (url.username || url.password) return "must not carry a user or a password: use `auth`";
  if (url.search || url.hash) return "must not have a query or a fragment";
  if (originOnly && url.pathname !== "/") return "must not have a path: scheme, host and port only";
  return undefined;
}

/** A reference to the environment variable that holds a secret; the secret itself never stands in the file. */
export const secret = z
  .strictObject(
    {
      group: name.describe("Second part of the variable's name."),
      key: name.describe("Third part of the variable's name."),
      prefix: name.optional().describe("First part of the variable's name, in place of `secrets.prefix`."),
    },
    {
      error: (issue) =>
        issue.code === "invalid_type" && typeof issue.input === "string"
          ? "must not stand in the file: put it into an environment variable or .env and refer to that, " +
            "e.g. { group: trino, key: password } for DAGSTER__TRINO__PASSWORD"
          : undefined,
    },
  )
  .meta({ id: "secret" });

export type SecretReference = z.output<typeof secret>;
