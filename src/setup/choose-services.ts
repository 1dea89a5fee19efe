import { PipelineError } from "../core/errors.js";
import { fromProject, type Places } from "./choose-project.js";
import { type Looked, looking } from "./connections.js";
import type { InitOptions, InitParts } from "./parts.js";
import type { Gateway, NessieLook, TrinoLook } from "./ports.js";
import type { NessieSettings, TrinoSettings } from "./settings.js";

/** What is to be told about a choice. */
type Note = (text: string) => void;

const httpProblem = (written: string): string | null =>
  URL.canParse(written) && /^https?:$/.test(new URL(written).protocol)
    ? null
    : "a URL that starts with http:// or https://";

const nessieProblem = (written: string): string | null =>
  httpProblem(written) ??
  (/\/api\/v2\/?$/.test(written)
    ? null
    : "the address of Nessie's REST API, with /api/v2 at its end: http://localhost:19120/api/v2");

/** @throws PipelineError USAGE for a URL that is none, or where there is none. */
export async function chooseTrino(
  options: InitOptions,
  parts: InitParts,
  places: Places,
  { name, trino: connection }: Gateway,
  note: Note,
): Promise<TrinoSettings> {
  const { questions } = parts;
  const known = options.trinoUrl ?? connection?.url ?? places.stack?.trinoUrl ?? null;
  if (known === null && questions === null) {
    throw new PipelineError("USAGE", {
      message: `the gateway ${name} does not say where Trino is`,
      hint: "name its address with --trino-url, e.g. --trino-url http://localhost:8080",
    });
  }
  const preset = known ?? "http://localhost:8080";
  const asks = options.trinoUrl === null && connection === null;
  const url = asks && questions ? await questions.text("Where is Trino?", preset, httpProblem) : preset;
  refuse("--trino-url", url, httpProblem);
  const user = options.trinoUser ?? connection?.user ?? "oso-pipeline";
  const settings: TrinoSettings = {
    url: new URL(url).origin,
    user,
    auth: authOf(connection?.method ?? "no-auth", note),
    tls: {
      ca: fromProject(places, connection?.ca ?? null),
      cert: fromProject(places, connection?.clientCertificate ?? null),
      key: fromProject(places, connection?.clientKey ?? null),
      insecure: connection?.verify === false,
    },
    producer: options.producerCatalog ?? connection?.catalog ?? "iceberg",
    consumer: options.consumerCatalog ?? "",
  };
  if (settings.consumer !== "") return settings;
  const look = await looking(() => parts.trino(settings, places.folder));
  return { ...settings, consumer: await chooseConsumer(settings.producer, look, parts) };
}

function authOf(method: string, note: Note): TrinoSettings["auth"] {
  if (method === "basic" || method === "ldap") return "basic";
  if (method === "jwt") return "jwt";
  if (method === "kerberos" || method === "oauth") {
    note(
      `the gateway signs in to Trino by ${method}, which oso-pipeline cannot: set trino.auth to basic or jwt`,
    );
  }
  return "none";
}

/** The catalog that is named after the producer's, else the only other one of Iceberg. */
async function chooseConsumer(
  producer: string,
  look: Looked<TrinoLook>,
  { questions }: InitParts,
): Promise<string> {
  const usual = `${producer}_consumer`;
  const others =
    "said" in look
      ? look.said.catalogs
          .filter(({ name, connector }) => connector === "iceberg" && name !== producer)
          .map(({ name }) => name)
      : [];
  const [only] = others;
  if (others.includes(usual) || only === undefined) return usual;
  if (others.length === 1) return only;
  if (questions === null) return usual;
  return questions.choice(
    "Through which catalog of Trino do readers read?",
    others.map((value) => ({ value, label: value })),
  );
}

/**
 * Trino shows nobody how its catalogs reach Nessie, so that the address is the flag's, the local stack's, or that of a
 * Nessie which answers on Trino's own host.
 * @throws PipelineError USAGE where none of them is there and nobody can be asked.
 */
export async function chooseNessie(
  options: InitOptions,
  parts: InitParts,
  places: Places,
  trino: TrinoSettings,
): Promise<NessieSettings> {
  const { questions } = parts;
  const nessieAt = (uri: string, auth: NessieSettings["auth"]): NessieSettings => ({
    uri: uri.replace(/\/$/, ""),
    branch: options.branch ?? "main",
    consumerTag: options.consumerTag ?? "consumer",
    auth,
  });
  const look = (uri: string): Promise<Looked<NessieLook>> =>
    looking(() => parts.nessie(nessieAt(uri, "none"), places.folder));

  const isOfStack = sameService(places.stack?.trinoUrl, trino.url);
  const guess = `http://${new URL(trino.url).hostname}:19120/api/v2`;
  let uri = options.nessieUri ?? (isOfStack ? (places.stack?.nessieUri ?? null) : null);
  let looked: Looked<NessieLook> | null = null;
  if (uri === null) {
    looked = await look(guess);
    const answers = "said" in looked || looked.failure.code === "AUTHENTICATION_FAILED";
    if (!answers && questions === null) {
      throw new PipelineError("USAGE", {
        message: `nothing says where Nessie is, and none answers at ${guess}`,
        hint: "name its REST API with --nessie-uri, e.g. --nessie-uri http://localhost:19120/api/v2",
      });
    }
    uri = questions ? await questions.text("Where is Nessie's REST API?", guess, nessieProblem) : guess;
    if (uri !== guess) looked = null;
  }
  refuse("--nessie-uri", uri, nessieProblem);
  looked ??= await look(uri);
  if ("failure" in looked) {
    return nessieAt(uri, looked.failure.code === "AUTHENTICATION_FAILED" ? "bearer" : "none");
  }
  const { defaultBranch } = looked.said;
  return { ...nessieAt(uri, "none"), branch: options.branch ?? defaultBranch };
}

/** A stack on this machine is reached by any of its names. */
function sameService(one: string | undefined, other: string): boolean {
  if (one === undefined) return false;
  const plain = (url: string): string => new URL(url).origin.replace(/localhost|\[::1\]/, "127.0.0.1");
  return plain(one) === plain(other);
}

function refuse(flag: string, written: string, problem: (written: string) => string | null): void {
  const wrong = problem(written);
  if (wrong !== null)
    throw new PipelineError("USAGE", {
      message: `${flag} is not what it has to be`,
      hint: `it takes ${wrong}`,
    });
}
