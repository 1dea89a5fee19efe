import type { LeftOut, LeftOutReason } from "../../restatement/ports.js";
import type { Terminal } from "../terminal.js";
import { wrapped } from "./layout.js";

const reasonInWords: Record<LeftOutReason, string> = {
  seed: "a seed, SQLMesh reloads it when its file changes; ask for the models that read it",
  external: "an external table, only the models that read it are restated",
  embedded: "embedded, it exists only inside other models",
  managed: "managed by the engine",
  "restatement-disabled": "its definition disables restatement",
  "shared-with-prod": "this environment shares it with prod; restate it there",
  "not-in-environment": "not in this environment",
  "deployed-now": "just built from its new version, so it is complete already",
  unknown: "SQLMesh left it out without a reason",
};

/** What was asked and is not restated, said for each. */
export function leftOutLines(leftOut: readonly LeftOut[], terminal: Terminal): string {
  if (leftOut.length === 0) return "";
  const lines = leftOut.map(({ model, reason }) =>
    wrapped(`${model}: ${reasonInWords[reason]}`, terminal, 2),
  );
  return [terminal.chalk.yellow("Not restated"), ...lines].join("\n");
}
