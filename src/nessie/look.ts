import { z } from "zod";
import type { NessieLook } from "../setup/ports.js";
import { refusedBy } from "./api.js";
import { type NessieOptions, nessieEndpoints } from "./endpoints.js";
import { listReferences } from "./references.js";

const about = z.object({ defaultBranch: z.string() });

/** What there is in Nessie to choose from. @throws PipelineError where it does not answer, or is none. */
export async function lookAtNessie(options: NessieOptions): Promise<NessieLook> {
  const { http } = nessieEndpoints(options);
  const reply = await http.request({ method: "GET", path: "/config", schema: about });
  if (!reply.ok) throw refusedBy(http, reply, "give its configuration");
  const [branches, tags] = await Promise.all([
    listReferences(http, "BRANCH", ""),
    listReferences(http, "TAG", ""),
  ]);
  return {
    defaultBranch: reply.data.defaultBranch,
    branches: branches.map(({ name }) => name).toSorted(),
    tags: tags.map(({ name }) => name).toSorted(),
  };
}
