import type { Command as Commander } from "commander";
import { messageOf } from "../core/errors.js";
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
