import type { PastVerification, VerificationHistory } from "../verification/past.js";
import type { RecordStore } from "./ports.js";
import { decode, encode } from "./records.js";
import { tried } from "./tried.js";

const prefix = "verification/";

export interface VerificationOptions {
  readonly records: RecordStore;
  /** Verifications that stay, the newest of them. */
  readonly keep?: number | undefined;
}

/** Verifications as records; their keys sort by time. Two at the same moment of the same commit are one. */
export function verificationHistory({ records, keep = 10 }: VerificationOptions): VerificationHistory {
  return {
    async newest(limit) {
      const found = (await records.list(prefix)).toReversed().slice(0, limit);
      return found.map((stored) => decode("verification", records.place, stored));
    },

    async save(verification: PastVerification) {
      const key = `${prefix}${verification.at.replaceAll(/[-:.]/g, "")}-${verification.base.slice(0, 12)}`;
      await tried(async () => records.write(key, encode("verification", verification), null));
      for (const { key: old, version } of (await records.list(prefix)).slice(0, -keep)) {
        await tried(async () => records.remove(old, version));
      }
    },
  };
}
