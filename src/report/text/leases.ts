import { type LeaseHolder, type LeaseStatus, workInWords } from "../../core/lease.js";
import { formatDuration } from "../../core/duration.js";
import { commandLine } from "../../restatement/command-line.js";
import type { Terminal } from "../terminal.js";
import { nextSteps, sections, wrapped } from "./layout.js";
import { minute, moment } from "./moments.js";
import { table } from "./table.js";

export interface LeaseList {
  readonly leases: readonly LeaseStatus[];
}

/** A lease that was taken away, and who held it. */
export interface ReleasedLease {
  readonly scope: string;
  readonly holder: LeaseHolder;
}

export function renderLeases({ leases }: LeaseList, terminal: Terminal): string {
  if (leases.length === 0) return "Nobody holds a lease.";
  const { chalk } = terminal;
  const rows = leases.map((lease) => [
    lease.scope,
    lease.run ?? "publishing",
    lease.holder === "dead" ? chalk.red("dead") : lease.holder === "this-host" ? "on this host" : "elsewhere",
    minute(lease.since),
    lease.by.name,
    `${lease.host} ${lease.pid}`,
    formatDuration(lease.ttlMilliseconds),
  ]);
  return sections(
    table(
      [
        { title: "lease" },
        { title: "run" },
        { title: "holder" },
        { title: "since (UTC)", spare: true },
        { title: "by", yields: true, spare: true },
        { title: "host and pid", yields: true, spare: true },
        { title: "silent for at most", align: "right", spare: true },
      ],
      rows,
      terminal,
    ),
    nextSteps(
      leases.map(({ scope, holder }) => ({
        command: commandLine("lease", "release", scope),
        does:
          holder === "dead"
            ? "frees it, as the next run does by itself"
            : "takes it from its holder, which then stops",
      })),
      terminal,
    ),
  );
}

export function renderReleasedLease({ scope, holder }: ReleasedLease, terminal: Terminal): string {
  return sections(
    wrapped(
      `${terminal.chalk.green("Released")} the lease of ${scope}, held by ${holderInWords(holder)}`,
      terminal,
    ),
    nextSteps(
      [
        holder.run === null
          ? { command: commandLine("releases"), does: "tells what that publication has left" }
          : { command: commandLine("show", holder.run), does: "tells what that run has left" },
      ],
      terminal,
    ),
  );
}

/** `run 20261121-142051-3f9a of alice on host-a (pid 4711) since 2026-11-21 14:20 UTC` */
export const holderInWords = (holder: LeaseHolder): string =>
  `${workInWords(holder)} of ${whoInWords(holder)}`;

/** `alice on host-a (pid 4711) since 2026-11-21 14:20 UTC` */
export const whoInWords = ({ by, host, pid, since }: Omit<LeaseHolder, "run">): string =>
  `${by.name} on ${host} (pid ${pid}) since ${moment(since)}`;
