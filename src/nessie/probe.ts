import { z } from "zod";
import { PipelineError } from "../core/errors.js";
import type { NessieProbe } from "../doctor/ports.js";
import { atCommit, pages, refusedBy } from "./api.js";
import { type NessieOptions, nessieEndpoints } from "./endpoints.js";
import { listReferences } from "./references.js";
import { entryPage } from "./schemas.js";

const about = z.object({ specVersion: z.string().nullish() });

/** What every Iceberg REST catalogue answers first. */
const icebergConfig = z.object({
  defaults: z.record(z.string(), z.unknown()),
  overrides: z.record(z.string(), z.unknown()),
});

/** Nessie, asked whether it is what this tool needs. */
export function nessieProbe(options: NessieOptions): NessieProbe {
  const { http, iceberg } = nessieEndpoints(options);
  return {
    async specification() {
      const reply = await http.request({ method: "GET", path: "/config", schema: about });
      if (!reply.ok) throw refusedBy(http, reply, "give its configuration");
      return reply.data.specVersion ?? null;
    },

    async iceberg() {
      const reply = await iceberg.request({ method: "GET", path: "/v1/config", schema: icebergConfig });
      if (reply.ok) return;
      throw new PipelineError("REQUIREMENT_MISSING", {
        message: `no Iceberg REST catalogue answers at ${iceberg.peer.address}: HTTP ${reply.status}${reply.said}`,
        hint: "Nessie serves it where a warehouse is configured (nessie.catalog.*); name its address in nessie.iceberg_uri",
      });
    },

    branches: async (prefix) => listReferences(http, "BRANCH", prefix),

    async anyTable(hash) {
      const request = {
        path: `/trees/${atCommit(hash)}/entries`,
        query: { filter: "entry.contentType == 'ICEBERG_TABLE'", "max-records": 1 },
      };
      const list = pages(http, request, entryPage, (refused) => refusedBy(http, refused, "list tables"));
      for await (const { entries } of list) {
        for (const { name } of entries) return name.elements.join(".");
      }
      return null;
    },
  };
}
