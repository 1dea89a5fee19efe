import type { Release } from "../../src/release/release.js";
import { hash } from "./fake-reference-store.js";

/** A published release of which the base is `a1…`, `a2…` and the sealed hash `b1…`, `b2…`. */
export function releaseOf(number: number, more: Partial<Release> = {}): Release {
  return {
    number,
    tag: `consumer-release-${number}`,
    status: "published",
    base: hash(`a${number}`),
    sealed: hash(`b${number}`),
    from: number === 1 ? null : hash(`b${number - 1}`),
    after: number === 1 ? null : number - 1,
    rollbackTo: null,
    by: { name: "alice", from: "login" },
    startedAt: `2026-11-0${number}T14:20:51.000Z`,
    endedAt: `2026-11-0${number}T14:21:02.000Z`,
    run: null,
    reason: null,
    attestation: hash("f0"),
    views: {
      policy: "seal",
      sealedBy: "hash",
      sealed: 41,
      kept: 39,
      notPinned: [],
      broken: [],
      leaking: [],
    },
    leansOn: number,
    marked: true,
    trouble: null,
    ...more,
  };
}
