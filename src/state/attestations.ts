import type { Attestation } from "../verification/attestation.js";
import type { AttestationStore, VerificationMemory } from "../verification/ports.js";
import type { RecordStore } from "./ports.js";
import { decode, encode } from "./records.js";
import { tried } from "./tried.js";

const prefix = "attestation/";
const lastKey = "verification/last";

export interface AttestationOptions {
  readonly records: RecordStore;
  /** Attestations that stay, the newest of them. */
  readonly keep?: number | undefined;
}

/**
 * Attestations as records of any store that can compare and swap. No lease is needed: whoever verifies the same commit
 * at the same time has found the same.
 */
export function attestationStore({
  records,
  keep = 20,
}: AttestationOptions): AttestationStore & VerificationMemory {
  const all = async () =>
    (await records.list(prefix))
      .map((stored) => ({ ...stored, attestation: decode("attestation", records.place, stored) }))
      .toSorted(({ attestation: a }, { attestation: b }) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));

  /** Attestations of old commits, which at most spare a later verification some of its checks. */
  async function prune(): Promise<void> {
    for (const { key, version } of (await all()).slice(keep)) {
      await tried(async () => records.remove(key, version));
    }
  }

  return {
    async of(base) {
      const stored = await records.read(`${prefix}${base}`);
      return stored === null ? null : decode("attestation", records.place, stored);
    },

    async newest(limit) {
      return (await all()).slice(0, limit).map(({ attestation }) => attestation);
    },

    async save(attestation: Attestation) {
      const key = `${prefix}${attestation.base}`;
      const value = encode("attestation", attestation);
      for (;;) {
        const stored = await records.read(key);
        if (await tried(async () => records.write(key, value, stored?.version ?? null))) break;
      }
      await prune();
    },

    async lastVerification() {
      const stored = await records.read(lastKey);
      return stored === null ? null : decode("verification", records.place, stored);
    },

    async noteVerification(done) {
      const value = encode("verification", done);
      for (;;) {
        const stored = await records.read(lastKey);
        if (await tried(async () => records.write(lastKey, value, stored?.version ?? null))) return;
      }
    },
  };
}
