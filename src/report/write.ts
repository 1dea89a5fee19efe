import { resolve } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { messageOf, PipelineError } from "../core/errors.js";
import type { Report } from "./model/report.js";

export const FORMATS = ["html", "junit", "markdown"] as const;
export type ReportFormat = (typeof FORMATS)[number];

/** What `report` has written. */
export interface WrittenReport {
  readonly subject: Report["subject"];
  readonly title: string;
  readonly outcome: Report["outcome"];
  readonly format: ReportFormat;
  /** Null where it is to go to standard output. */
  readonly file: string | null;
  /** The report itself; null where it is in a file. */
  readonly text: string | null;
  readonly bytes: number;
}

const extensions: Readonly<Record<ReportFormat, string>> = { html: "html", junit: "xml", markdown: "md" };

/** By the end of a file's name; HTML for any other. */
export function formatOf(file: string): ReportFormat {
  return FORMATS.find((format) => file.endsWith(`.${extensions[format]}`)) ?? "html";
}

/** Each format is loaded only when it is asked for. @param limit of Markdown, in bytes; null for GitHub's */
export async function rendered(report: Report, format: ReportFormat, limit: number | null): Promise<string> {
  switch (format) {
    case "html":
      return (await import("./html/page.js")).renderHtml(report);
    case "junit":
      return (await import("./junit.js")).renderJUnit(report);
    case "markdown": {
      const { renderMarkdown, MARKDOWN_LIMIT } = await import("./markdown.js");
      return renderMarkdown(report, limit ?? MARKDOWN_LIMIT);
    }
  }
}

/** `report-20261121-142051-3f9a.html` */
export const fileNameOf = ({ subject: { kind, id } }: Report, format: ReportFormat): string =>
  `${kind === "run" ? "report" : `report-${kind}`}-${id}.${extensions[format]}`;

/** All of it or nothing. @throws PipelineError USAGE where it cannot be written */
export async function writeReport(folder: string, file: string, text: string): Promise<void> {
  try {
    await writeFileAtomic(resolve(folder, file), text);
  } catch (thrown) {
    throw new PipelineError("USAGE", {
      message: `the report cannot be written to ${file}: ${messageOf(thrown)}`,
      hint: "--out names another file",
      cause: thrown,
    });
  }
}
