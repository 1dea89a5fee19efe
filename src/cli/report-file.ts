import type { Command as Commander } from "commander";
import { messageOf } from "../core/errors.js";
import type { PublishResult } from "../release/publish.js";
import type { Report } from "../report/model/report.js";
import { formatOf, rendered, writeReport } from "../report/write.js";
import type { App } from "./app.js";

export interface ReportFileOption {
  readonly report?: string;
}

export const withReportFile = (command: Commander): Commander =>
  command.option("--report <file>", "write a report on it, as HTML, JUnit (.xml) or Markdown (.md)");

/** Whatever became of the work: a report that cannot be written is a warning, and changes nothing of it. */
export async function reportOn(
  { report: file }: ReportFileOption,
  app: App,
  tell: (reports: Awaited<ReturnType<App["reports"]>>) => Promise<Report>,
): Promise<void> {
  if (file === undefined) return;
  try {
    const text = await rendered(await tell(await app.reports()), formatOf(file), null);
    await writeReport(app.workingDirectory, file, text);
    app.report({ type: "notice", level: "info", text: `the report is in ${file}` });
  } catch (thrown) {
    app.report({ type: "notice", level: "warning", text: `no report was written: ${messageOf(thrown)}` });
  }
}

/** Of the release that was made, else of the verification that refused it. */
export async function reportOnPublication(
  options: ReportFileOption,
  app: App,
  { release, verification }: Pick<PublishResult, "release" | "verification">,
): Promise<void> {
  if (release === null && verification === null) {
    const text = "no report was written: nothing was verified and nothing published";
    if (options.report !== undefined) app.report({ type: "notice", level: "info", text });
    return;
  }
  await reportOn(options, app, (reports) =>
    release === null ? reports.ofVerification() : reports.ofRelease(release.number),
  );
}
