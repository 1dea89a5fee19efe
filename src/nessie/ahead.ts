import type { Http } from "../http/client.js";
import type { MainAhead } from "../status/ports.js";
import { atCommit, errorCode, pages, refusedBy } from "./api.js";
import { unknownHash } from "./references.js";
import { historyPage } from "./schemas.js";

/** Commits that Nessie gives at once; without their operations it does so in a few milliseconds. */
const PER_PAGE = 500;

export const mainAhead = (http: Http): MainAhead => ({
  async countCommits(since, until, most) {
    if (since === until) return { count: 0, isAll: true };
    const request = {
      path: `/trees/${atCommit(until)}/history`,
      query: { "limit-hash": since, "max-records": Math.min(PER_PAGE, most + 1) },
    };
    const history = pages(http, request, historyPage, (refused) =>
      errorCode(refused) === "REFERENCE_NOT_FOUND"
        ? unknownHash(http, until)
        : refusedBy(http, refused, "read the history"),
    );
    let count = 0;
    for await (const { logEntries } of history) {
      // Nessie counts the limit in, and takes one that it does not meet for none.
      const end = logEntries.findIndex(({ commitMeta }) => commitMeta.hash === since);
      if (end >= 0) return { count: count + end, isAll: count + end <= most };
      count += logEntries.length;
      if (count > most) return { count: most, isAll: false };
    }
    return { count, isAll: true };
  },
});
