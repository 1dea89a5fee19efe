import type { Actor } from "./actor.js";

/** Who holds a lease. */
export interface LeaseHolder {
  /** Null for one that publishes. */
  readonly run: string | null;
  readonly by: Actor;
  readonly host: string;
  readonly pid: number;
  readonly since: string;
}

export interface LeaseStatus extends LeaseHolder {
  readonly scope: string;
  /** `dead` where the holder's process is known to be gone; else only time tells. */
  readonly holder: "this-host" | "other-host" | "dead";
  readonly ttlMilliseconds: number;
}

/** `run 20261121-142051-3f9a`, or what else it holds the lease for. */
export const workInWords = ({ run }: Pick<LeaseHolder, "run">): string =>
  run === null ? "a publication" : `run ${run}`;
