import { PipelineError } from "../core/errors.js";
import { type LeaseHolder, workInWords } from "../core/lease.js";

/** Of a compare-and-swap whose record is another one by now. */
export const changed = (place: string, key: string): PipelineError =>
  new PipelineError("CONFLICT", {
    message: `the record ${key} in ${place} was changed by another process meanwhile`,
    hint: "repeat the command",
  });

/** Of a write whose fence is no longer its writer's. */
export const fencedOut = (place: string, fence: string): PipelineError =>
  new PipelineError("LEASE_LOST", {
    message: `the record ${fence} in ${place} was taken over or removed, so this process may write no more`,
    hint: "`oso-pipeline lease show` says who holds the lease now",
  });

export const unreadable = (message: string, where: string): PipelineError =>
  new PipelineError("STATE_UNREADABLE", {
    message,
    hint: "restore it from a backup, or remove what is damaged if it is not needed; nothing was changed",
    where,
  });

export const laterRelease = (what: string, where: string): PipelineError =>
  new PipelineError("VERSION_UNSUPPORTED", {
    message: `${what} was written by a later release of oso-pipeline`,
    hint: "upgrade oso-pipeline on this machine",
    where,
  });

export const held = (scope: string, { run, by, host, pid, since }: LeaseHolder): PipelineError =>
  new PipelineError("LEASE_HELD", {
    message: `${workInWords({ run })} of ${by.name} on ${host} (process ${pid}) has held the lease on ${scope} since ${since.slice(0, 16).replace("T", " ")} UTC`,
    hint:
      run === null
        ? "wait until it is over; `oso-pipeline lease show` tells more"
        : "wait for it with `--wait 30m`; `oso-pipeline lease show` tells more",
  });
