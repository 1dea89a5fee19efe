import { formatDuration } from "../../core/duration.js";
import type {
  DownResult,
  LogLine,
  ResetResult,
  ServiceStatus,
  StackStatus,
  UpResult,
} from "../../localstack/stack.js";
import type { Terminal } from "../terminal.js";
import { nextSteps, sections } from "./layout.js";
import { table } from "./table.js";

export function renderUp(result: UpResult, terminal: Terminal): string {
  const what =
    result.started.length === 0 ? "everything runs already" : `up in ${formatDuration(result.milliseconds)}`;
  const next = nextSteps(
    [
      { command: "oso-pipeline init", does: "sets up a SQLMesh project on it" },
      { command: "oso-pipeline local demo", does: "shows all of it on a sample warehouse" },
    ],
    terminal,
  );
  return sections(`Local stack: ${what}.`, renderStatus(result, terminal), next);
}

export function renderStatus({ home, services, python }: StackStatus, terminal: Terminal): string {
  const rows = services.map((service) => [
    service.title,
    service.state,
    service.version ?? "",
    service.address ?? "",
    service.pid === null ? "" : String(service.pid),
    service.memory === null ? "" : `${Math.round(service.memory / 2 ** 20)} MiB`,
    service.uptimeSeconds === null ? "" : formatDuration(service.uptimeSeconds * 1000),
  ]);
  const columns = [
    { title: "service" },
    { title: "state" },
    { title: "version" },
    { title: "address" },
    { title: "pid", align: "right" as const },
    { title: "memory", align: "right" as const },
    { title: "up for", align: "right" as const },
  ];
  const facts = [`home    ${home}`, ...(python === null ? [] : [`python  ${python}`])];
  return [table(columns, rows, terminal), ...trouble(services), facts.join("\n")].join("\n\n");
}

/** Why a service is not ready, and where to read more. */
function trouble(services: readonly ServiceStatus[]): string[] {
  const lines = services
    .filter(({ state }) => state === "dead" || state === "unready")
    .map(({ title, detail, log }) => `${title}: ${detail ?? "no reason known"}\n  log ${log}`);
  return lines.length === 0 ? [] : [lines.join("\n")];
}

export function renderDown({ ended }: DownResult): string {
  return ended.length === 0
    ? "Nothing was running."
    : `Stopped ${ended.join(", ")}. Data stays; \`local reset\` removes it.`;
}

export function renderReset({ ended, removed }: ResetResult): string {
  const stopped = ended.length === 0 ? "" : `Stopped ${ended.join(", ")}. `;
  return `${stopped}Removed:\n${removed.map((path) => `  ${path}`).join("\n")}`;
}

export interface LogsResult {
  readonly lines: readonly LogLine[];
  /** True where the lines have been shown as they came. */
  readonly followed: boolean;
}

export function renderLogs({ lines, followed }: LogsResult): string {
  if (followed) return "";
  if (lines.length === 0) return "No logs yet.";
  return lines.map(({ service, text }) => `${service.padEnd(6)} ${text}`).join("\n");
}
