import type { core } from "zod";
import { didYouMean } from "../core/nearest.js";
import { keysAt, nodesAt, type SchemaNode } from "./keys.js";
import { dotted, type Path, valueAt } from "./path.js";

type Issue = core.$ZodIssue;

/** What is wrong, at which path: zod's findings in our words, one per problem. */
export interface Finding {
  readonly path: Path;
  /** True when the problem is the key, not its value. */
  readonly atKey: boolean;
  readonly message: string;
}

/** @param input what was parsed; no value of it appears in a message, a mistyped word of a list apart. */
export function findingsOf(issues: readonly Issue[], input: unknown, schema: SchemaNode): Finding[] {
  return issues.flatMap((issue) => describe(issue, input, schema));
}

function describe(issue: Issue, input: unknown, schema: SchemaNode): Finding[] {
  const path: Path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
  const value = valueAt(input, path);
  const say = (message: string): Finding[] => [
    { path, atKey: false, message: `${dotted(path) || "the file"} ${message}` },
  ];

  if (issue.code === "unrecognized_keys") {
    const known = keysAt(schema, path, value).filter((key) => valueAt(value, [key]) === undefined);
    return issue.keys.map((key) => ({
      path: [...path, key],
      atKey: true,
      message: `unknown key ${dotted([...path, key])}${suggestion(key, known)}`,
    }));
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0 && value !== undefined) {
    const deepest = issue.errors.find(
      (branch) => branch.length > 0 && branch.every((inner) => inner.path.length > 0),
    );
    if (!deepest) return say(issue.message);
    return deepest.flatMap((inner) => describe({ ...inner, path: [...path, ...inner.path] }, input, schema));
  }
  if (issue.code === "invalid_union" && issue.discriminator !== undefined) {
    return say(
      oneOf(
        value,
        nodesAt(schema, path).map((node) => node.const),
      ),
    );
  }
  if (issue.code === "invalid_value") return say(oneOf(value, issue.values));
  if (value === undefined && issue.code !== "custom") return say("is missing");
  if (issue.code === "invalid_type" && issue.message.startsWith("Invalid input")) {
    return say(wrongType(issue.expected, value));
  }
  if (issue.code === "too_small" && !issue.message.startsWith("must")) {
    return say(`must be at least ${issue.minimum}`);
  }
  if (issue.code === "too_big") return say(`must be at most ${issue.maximum}`);
  return say(issue.message);
}

const expected: Readonly<Record<string, string>> = {
  object: "a section of keys",
  array: "a list",
  string: "text",
  boolean: "true or false",
  number: "a number",
  int: "a whole number",
};

function wrongType(wanted: string, value: unknown): string {
  const message = `must be ${expected[wanted] ?? wanted}`;
  if (wanted === "int" && typeof value === "number") return message;
  const unquoted = wanted === "string" && ["number", "bigint", "boolean"].includes(typeof value);
  return `${message}, not ${kindOf(value)}${unquoted ? ": put it in quotes" : ""}`;
}

function oneOf(value: unknown, allowed: readonly unknown[]): string {
  const names = allowed.map(String);
  if (value === undefined) return `is missing: one of ${names.join(", ")}`;
  if (typeof value !== "string") return `must be one of ${names.join(", ")}, not ${kindOf(value)}`;
  return `must be one of ${names.join(", ")}${suggestion(value, names)}`;
}

function suggestion(asked: string, names: readonly string[]): string {
  const near = didYouMean(asked, names);
  return near === undefined ? "" : `: ${near}`;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a section of keys";
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "true or false";
  return "a number";
}
