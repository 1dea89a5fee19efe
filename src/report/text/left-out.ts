import type { LeftOut, LeftOutReason } from "../../restatement/ports.js";
import { few } from "../../core/words.js";
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
  "deployed-now": "just built from new code, so complete already",
  unknown: "SQLMesh left it out without a reason",
};

/** What is reached and not restated, and why. What was just built may be a large part of the project. */
export function leftOutLines(leftOut: readonly LeftOut[], terminal: Terminal): string {
  if (leftOut.length === 0) return "";
  const built = leftOut.filter(({ reason }) => reason === "deployed-now").map(({ model }) => model);
  const others = leftOut.filter(({ reason }) => reason !== "deployed-now");
  const lines = [
    ...(built.length > 0 ? [`${few(built)}: ${reasonInWords["deployed-now"]}`] : []),
    ...others.map(({ model, reason }) => `${model}: ${reasonInWords[reason]}`),
  ];
  return [terminal.chalk.yellow("Not restated"), ...lines.map((line) => wrapped(line, terminal, 2))].join(
    "\n",
  );
}
