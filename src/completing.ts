import type { NameKind, Wanted } from "./cli/completion/candidates.js";
import type { KnownNames } from "./config/known-names.js";

/** How long runs and releases are asked for before those of last time do. */
const PATIENCE_MS = 700;
/** A shell asks several times for one word. */
const FRESH_MS = 5_000;
const MOST = 50;

/**
 * Answers a shell that completes: one candidate a line, with what it does after a tab. It says nothing else, whatever
 * happens, and starts neither SQLMesh nor Trino.
 */
export async function complete(process: NodeJS.Process, version: string): Promise<void> {
  const lines = await answer(process, version).catch(() => []);
  // Whatever still waits for an answer of Nessie is not waited for.
  await new Promise((resolve) => process.stdout.write(lines.map((line) => `${line}\n`).join(""), resolve));
  process.exit(0);
}

async function answer(process: NodeJS.Process, version: string): Promise<readonly string[]> {
  const [{ buildProgram, loadCommand }, { wantedAt }] = await Promise.all([
    import("./cli/program.js"),
    import("./cli/completion/candidates.js"),
  ]);
  const silent = { writeOut: () => undefined, writeErr: () => undefined, outputError: () => undefined };
  const nothing = async (): Promise<void> => undefined;
  const program = buildProgram(version, silent, nothing);
  const words = process.argv.slice(3);
  const wanted = await wantedAt(program, words, (chosen) => loadCommand(chosen, nothing));
  const names = wanted.names === null ? [] : await namesOf(wanted.names, process, version, words);
  return [...linesOf(wanted, names), ...(wanted.files ? [":files"] : [])];
}

function linesOf({ candidates, prefix, typed }: Wanted, names: readonly string[]): readonly string[] {
  return [...candidates, ...names.map((value) => ({ value, does: "" }))]
    .filter(({ value }) => value.startsWith(typed))
    .map(({ value, does }) => `${prefix}${value}\t${does}`);
}

async function namesOf(
  kind: NameKind,
  process: NodeJS.Process,
  version: string,
  words: readonly string[],
): Promise<readonly string[]> {
  const [{ findConfig }, { knownNames }] = await Promise.all([
    import("./config/find.js"),
    import("./config/known-names.js"),
  ]);
  const named = words.indexOf("--config");
  const config = await findConfig(process.cwd(), named < 0 ? undefined : words[named + 1]);
  const known = await knownNames(config);
  if (kind === "models" || kind === "categories") return known[kind];
  const asked = await asState(kind === "runs" ? "runs" : "releases", config, known, process, version);
  return kind === "commits" ? ["main", "consumer", ...asked] : asked;
}

/** Runs or releases of now, where they come soon enough; else those that were seen last. */
async function asState(
  kind: "runs" | "releases",
  config: string,
  known: KnownNames,
  process: NodeJS.Process,
  version: string,
): Promise<readonly string[]> {
  const now = Date.now();
  if (now - known[`${kind}At`] < FRESH_MS) return known[kind];
  const [{ createApp }, { rememberNames }] = await Promise.all([
    import("./composition.js"),
    import("./config/known-names.js"),
  ]);
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const { parts } = createApp({
    report: () => undefined,
    print: () => undefined,
    ask: null,
    questions: null,
    signal,
    globals: { config, output: "text", color: false, quiet: true, verbose: false },
    environment: process.env,
    workingDirectory: process.cwd(),
    version,
  });
  const look = async (): Promise<readonly string[]> => {
    const seen =
      kind === "runs"
        ? (await (await parts.history()).runs(MOST)).runs.map(({ run }) => run.id)
        : (await (await parts.releaseHistory()).releases(MOST)).releases.map(({ number }) => String(number));
    await rememberNames(config, { [kind]: seen, [`${kind}At`]: now });
    return seen;
  };
  const over = new Promise<readonly string[]>((resolve) => {
    signal.addEventListener("abort", () => resolve(known[kind]), { once: true });
  });
  return Promise.race([look().catch(() => known[kind]), over]);
}
