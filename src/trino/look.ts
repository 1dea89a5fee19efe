import type { TrinoLook } from "../setup/ports.js";
import type { QueryEngine } from "../verification/ports.js";

/** Which Trino it is, and the catalogs that its user sees. */
export async function lookAtTrino(query: QueryEngine["query"]): Promise<TrinoLook> {
  const [version, catalogs] = await Promise.all([
    query("SELECT version()"),
    query("SELECT catalog_name, connector_name FROM system.metadata.catalogs ORDER BY catalog_name"),
  ]);
  return {
    version: String(version.rows[0]?.[0]),
    catalogs: catalogs.rows.map(([name, connector]) => ({
      name: String(name),
      connector: String(connector),
    })),
  };
}
