import { resolve } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { PipelineError } from "../../core/errors.js";
import type { Report } from "../../report/model/report.js";
import {
  fileNameOf,
  formatOf,
  FORMATS,
  rendered,
  type ReportFormat,
  writeReport,
  type WrittenReport,
} from "../../report/write.js";
import type { App } from "../app.js";
import { defineCommand, withExamples } from "../command.js";
import { countOption } from "../program.js";

interface ReportOptions {
  readonly release?: number;
  readonly verification?: boolean;
  readonly format?: ReportFormat;
  readonly out?: string;
  readonly limit?: number;
  readonly open?: boolean;
}

/** How standard output is called. */
const STDOUT = "-";

export const report = defineCommand<ReportOptions, WrittenReport>({
  configure: (command) =>
    withExamples(
      command
        .argument("[run]", "id of a run, or its unambiguous start (default: the newest)")
        .option("--release <number>", "report on a release instead", countOption)
        .option("--verification", "report on the last verification instead")
        .addOption(
          new Option(
            "--format <format>",
            "html, junit or markdown (default: by the name of --out, else html)",
          ).choices([...FORMATS]),
        )
        .option("--out <file>", "where to write it; - for standard output (default: report-<id> here)")
        .option("--limit <bytes>", "of Markdown, which is then cut between its parts", limitOption)
        .option("--open", "show it in the browser"),
      "oso-pipeline report --open",
      "oso-pipeline report 20261121-142051-3f9a --out report.html",
      "oso-pipeline report --release 7",
      'oso-pipeline report --format markdown --out - >> "$GITHUB_STEP_SUMMARY"',
      "oso-pipeline report --verification --out checks.xml",
    ),
  run: async (options, app, [run]) => {
    const { out, limit = null } = options;
    refuseContradiction(options, run);
    const told = await tellOf(options, run, app);
    const format = options.format ?? (out === undefined ? "html" : formatOf(out));
    const text = await rendered(told, format, limit);
    const { subject, title, outcome } = told;
    const written = { subject, title, outcome, format, bytes: Buffer.byteLength(text) };
    if (out === STDOUT) return { result: { ...written, file: null, text } };
    const file = out ?? fileNameOf(told, format);
    await writeReport(app.workingDirectory, file, text);
    if (options.open) await app.open(resolve(app.workingDirectory, file));
    return { result: { ...written, file, text: null } };
  },
  render: async ({ result }, terminal) =>
    (await import("../../report/text/report.js")).renderWrittenReport(result, terminal),
});

async function tellOf(
  { release, verification }: ReportOptions,
  run: string | undefined,
  app: App,
): Promise<Report> {
  const reports = await app.reports();
  if (release !== undefined) return reports.ofRelease(release);
  if (verification) return reports.ofVerification();
  return reports.ofRun(run ?? null);
}

function refuseContradiction(
  { release, verification, out, open }: ReportOptions,
  run: string | undefined,
): void {
  const subjects = [run !== undefined, release !== undefined, verification ?? false].filter(Boolean);
  if (subjects.length > 1) {
    throw new PipelineError("USAGE", {
      message: "a report is on one run, one release or the last verification",
      hint: "leave the others out",
    });
  }
  if (open && out === STDOUT) {
    throw new PipelineError("USAGE", {
      message: "--open shows a file, but --out - writes none",
      hint: "leave one of the two out",
    });
  }
}

/** Less has no room for a heading and what is missing. */
const LEAST = 500;

function limitOption(text: string): number {
  const bytes = Number(text);
  if (/^\d+$/.test(text) && bytes >= LEAST) return bytes;
  throw new InvalidArgumentError(`A limit is a number of bytes from ${LEAST} on.`);
}
