import { short } from "../../core/commit.js";
import type { PublishResult } from "../../release/publish.js";
import type { RunResult } from "../../restatement/run-result.js";
import type { VerificationResult } from "../../verification/verify.js";
import type { Terminal } from "../terminal.js";
import { renderPublish } from "./release.js";
import { summary } from "./run.js";
import { table } from "./table.js";
import { grouped } from "../../core/words.js";

export interface DemoSummary {
  readonly config: string;
  readonly firstRun: RunResult;
  readonly restatement: RunResult;
  readonly publication: PublishResult<VerificationResult>;
  readonly before: readonly Sight[];
  readonly after: readonly Sight[];
}

/** Rows of one table on main and for readers; null where it does not exist. */
export interface Sight {
  readonly table: string;
  readonly producer: bigint | null;
  readonly consumer: bigint | null;
}

export function renderDemo(demo: DemoSummary, terminal: Terminal): string {
  const { chalk } = terminal;
  const command = `npx oso-pipeline --config ${demo.config}`;
  const { publication } = demo;
  return [
    `${chalk.bold("1. Run")}      ${summary(demo.firstRun, terminal)}`,
    `${chalk.bold("2. Restate")}  ${summary(demo.restatement, terminal)}`,
    `${chalk.bold("3. Verify and publish")}\n${renderPublish(publication, terminal, { next: false })}`,
    `${chalk.bold("4. What readers see")} in iceberg_consumer, at release ${publication.release?.number ?? publication.from?.release ?? "?"} of ${short(publication.to)}\n${sights(demo, terminal)}`,
    [
      "Next:",
      `  ${command} models`,
      `  ${command} plan --restate-category project`,
      `  ${command} run --restate oso.stg_github__events --publish`,
      `  ${command} releases`,
      `  ${command} rollback`,
      "  npx oso-pipeline local status   the services; `local down` ends them, data stays",
    ].join("\n"),
  ].join("\n\n");
}

function sights({ before, after }: DemoSummary, terminal: Terminal): string {
  const figure = (rows: bigint | null): string => (rows === null ? "-" : grouped(rows));
  return table(
    [
      { title: "table" },
      { title: "rows on main", align: "right" },
      { title: "readers before", align: "right" },
      { title: "readers now", align: "right" },
    ],
    after.map((now, index) => [
      now.table,
      figure(now.producer),
      figure(before[index]?.consumer ?? null),
      figure(now.consumer),
    ]),
    terminal,
  );
}
