import { formatDuration } from "../core/duration.js";
import { PipelineError } from "../core/errors.js";
import { quoteIdentifier } from "../core/sql.js";
import { count, few } from "../core/words.js";
import { ask } from "./asking.js";
import { fine, type Finding, warning, wrong } from "./diagnosis.js";
import type { Examination } from "./examine.js";
import type { Facts } from "./facts.js";
import type { DoctorParts } from "./ports.js";

const TIME_LIMIT = 15_000;

/** Milliseconds that clocks may be apart: an attestation holds for hours. */
const TOLERABLE = 30_000;

/** The services themselves, the catalogs between them, and where the ledger lies. */
export function services(parts: DoctorParts, facts: Facts): readonly Examination[] {
  const { nessie, state, settings } = parts;
  const { catalogs, branch } = settings;
  const quick = { needs: [], timeLimitMilliseconds: TIME_LIMIT };
  return [
    {
      ...quick,
      name: "trino",
      looked: "Trino",
      isService: true,
      look: async (signal) => {
        const answer = await ask(parts, "SELECT version()", signal);
        return "rows" in answer
          ? fine(`Trino ${String(answer.rows[0]?.[0])} at ${settings.trino.url}, as ${settings.trino.user}`)
          : wrong(
              "QUERY_FAILED",
              `Trino at ${settings.trino.url} answers no query: ${answer.said}`,
              "look at the state of the cluster",
            );
      },
    },
    {
      ...quick,
      name: "nessie",
      looked: "Nessie",
      isService: true,
      look: async () => {
        const specification = await nessie.specification();
        const { type } = await facts.main();
        if (type === "TAG")
          return wrong(
            "CONFIG_INVALID",
            `${branch} is a tag`,
            "name the branch that SQLMesh writes to in nessie.branch",
          );
        const version = specification === null ? "" : `, API ${specification}`;
        return fine(`Nessie at ${settings.nessie.uri}${version}, with the branch ${branch}`);
      },
    },
    {
      name: "clock",
      looked: "this machine's clock against Trino's",
      needs: ["trino"],
      timeLimitMilliseconds: TIME_LIMIT,
      look: async (signal) => ofClock(parts, signal),
    },
    catalog(parts, facts, "producer-catalog", "the producer catalog", catalogs.producer),
    catalog(parts, facts, "consumer-catalog", "the consumer catalog", catalogs.consumer),
    ...(catalogs.verification === null
      ? []
      : [
          catalog(
            parts,
            facts,
            "verification-catalog",
            "the catalog of verification's own",
            catalogs.verification,
          ),
        ]),
    {
      name: "iceberg-rest",
      looked: "Nessie's Iceberg REST endpoint",
      needs: ["nessie"],
      timeLimitMilliseconds: TIME_LIMIT,
      isService: true,
      look: async () => {
        await nessie.iceberg();
        return fine(`${settings.nessie.icebergUri} answers`);
      },
    },
    {
      name: "ledger",
      looked: "the ledger of releases",
      needs: settings.isStateInNessie ? ["nessie"] : [],
      timeLimitMilliseconds: TIME_LIMIT,
      look: async () => {
        const releases = await facts.releases();
        const last = releases[0];
        return fine(
          last === undefined
            ? `the ${state.place}, in which nothing is released yet`
            : `the ${state.place}, with ${count(releases.length, "release")}, the last is ${last.number}`,
        );
      },
    },
  ];
}

async function ofClock({ queries, now }: DoctorParts, signal: AbortSignal): Promise<Finding> {
  const before = now().getTime();
  const { rows } = await queries.query("SELECT CAST(to_unixtime(now()) * 1000 AS bigint)", { signal });
  const after = now().getTime();
  const theirs = Number(rows[0]?.[0]);
  // Trino has looked at its clock at some time between the two.
  const apart = theirs < before ? before - theirs : theirs > after ? theirs - after : 0;
  const found = `Trino's clock is ${formatDuration(apart)} ${theirs < before ? "behind" : "ahead of"} this machine's`;
  if (apart < TOLERABLE) return fine("the two go alike");
  return warning(
    found,
    "let both follow a time server: how long a proof holds is told by this machine's, how old data is by Trino's",
  );
}

/** Whether a catalog is there, is of Iceberg's connector, and answers. */
const catalog = (
  parts: DoctorParts,
  facts: Facts,
  name: string,
  looked: string,
  configured: string,
): Examination => ({
  name,
  looked: `${looked}, ${configured}`,
  needs: ["trino"],
  timeLimitMilliseconds: TIME_LIMIT,
  look: async (signal) => {
    const { user } = parts.settings.trino;
    const known = await connectors(parts, signal);
    const connector = known.get(configured);
    const setting = `trino.catalogs.${name.replace("-catalog", "")}`;
    if (connector === undefined) {
      return wrong(
        "CATALOG_UNFIT",
        `Trino has no catalog ${configured} for ${user}; it has ${few([...known.keys()])}`,
        `make it (docs/consumer-tag.md says how), let ${user} use it, or name another in ${setting}`,
      );
    }
    if (connector !== null && connector !== "iceberg") {
      return wrong(
        "CATALOG_UNFIT",
        `the connector of ${configured} is ${connector}, not iceberg`,
        `name an Iceberg REST catalog in ${setting}`,
      );
    }
    const answer = await ask(parts, `SHOW SCHEMAS FROM ${quoteIdentifier(configured)}`, signal);
    if ("rows" in answer)
      return fine(`${configured} is of Iceberg, and has ${count(answer.rows.length, "schema")}`);
    return silent(configured, name, answer, parts, facts);
  },
});

async function silent(
  configured: string,
  name: string,
  { refusal, said }: { readonly refusal: string; readonly said: string },
  { settings }: DoctorParts,
  facts: Facts,
): Promise<Finding> {
  const tag = name === "consumer-catalog" ? await facts.consumer().catch(() => undefined) : undefined;
  if (tag === null) {
    return warning(
      `${configured} cannot answer, for there is no tag ${settings.consumerTag} that it could show`,
      "`oso-pipeline tag-consumer --create` makes it",
    );
  }
  return wrong(
    refusal === "denied" ? "PERMISSION_DENIED" : "CATALOG_UNFIT",
    `${configured} lists no schemas: ${said}`,
    refusal === "denied"
      ? `let ${settings.trino.user} read ${configured}`
      : "check its iceberg.rest-catalog.uri and prefix, and its access to the object store",
  );
}

/** Connectors by catalog; null where Trino does not tell, as to a user who may not read `system`. */
async function connectors(
  parts: DoctorParts,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string | null>> {
  const told = await ask(parts, "SELECT catalog_name, connector_name FROM system.metadata.catalogs", signal);
  if ("rows" in told) return new Map(told.rows.map(([name, connector]) => [String(name), String(connector)]));
  const listed = await ask(parts, "SHOW CATALOGS", signal);
  if ("rows" in listed) return new Map(listed.rows.map(([name]) => [String(name), null]));
  throw new PipelineError("QUERY_FAILED", { message: `Trino lists no catalogs: ${listed.said}` });
}
