import type { CrashRun } from "./crash-warehouse.js";
import {
  type Fault,
  type FaultKind,
  FaultyServices,
  isLasting,
  isOfTokens,
  lasting,
  passing,
} from "./faulty-services.js";
import {
  type Aftermath,
  inOrder,
  type LedgerEntry,
  type Publishing,
  PublishingWarehouse,
  TRIES,
} from "./publishing-warehouse.js";

/** What must hold after every fault of a service. */
export interface Borne extends Aftermath {
  /** Whether it has happened, so that something is proven. */
  readonly struck: boolean;
  /** How the command ended: done where the fault passes, else with one error that names the service. */
  readonly ended: string;
  readonly secretsTold: readonly string[];
}

export const borne: Borne = { struck: true, ended: "as it must", secretsTold: [], ...inOrder };

/** Publications whose services go wrong, one after the other. */
export class PublishingFaults {
  private constructor(private readonly warehouse: PublishingWarehouse) {}

  /** @param schema of its own on the stack */
  static async build(schema: string): Promise<PublishingFaults> {
    return new PublishingFaults(await PublishingWarehouse.build(schema));
  }

  /** All requests by which a publication, or a way back, acts, in their order. */
  async requestsOf(publishing: Publishing): Promise<readonly string[]> {
    const { args, main } = await this.warehouse.undertake(publishing);
    const { services, environment, close } = await FaultyServices.start(null);
    const run = await this.warehouse.run(args, { environment });
    await close();
    if (run.exitCode !== 0) throw new Error(`${args.join(" ")} ended with ${run.exitCode}\n${run.stderr}`);
    await this.warehouse.publish(main);
    return services.seen;
  }

  /** Publishes while that goes wrong, looks as readers do, and publishes again with nothing wrong. */
  async bear(publishing: Publishing, fault: Fault, tries = TRIES): Promise<Borne> {
    const undertaking = await this.warehouse.undertake(publishing);
    const { services, environment, close } = await FaultyServices.start(fault);
    const run = await this.warehouse.run(undertaking.args, { environment });
    await close();
    if (!services.struck && run.exitCode === 0 && tries > 1) {
      await this.warehouse.publishAnother();
      return this.bear(publishing, fault, tries - 1);
    }
    const [latest] = await this.warehouse.ledger();
    const told = `${run.stderr}${JSON.stringify(run.json)}`;
    return {
      struck: services.struck,
      ended: endOf(run, fault, latest),
      secretsTold: services.secrets.filter((secret) => told.includes(secret)),
      ...(await this.warehouse.aftermathOf(undertaking)),
    };
  }

  remove(): Promise<void> {
    return this.warehouse.remove();
  }
}

function endOf({ exitCode, json, stderr }: CrashRun, fault: Fault, latest: LedgerEntry | undefined): string {
  const error = json?.error;
  const end = `${exitCode} ${error?.code ?? ""} ${error?.message ?? ""}`.trim();
  // What fails once readers have the release takes nothing back.
  if (exitCode === 0) return latest?.status === "published" ? borne.ended : `0, and it is ${latest?.status}`;
  if (!isLasting(fault)) return `${end}\n${stderr}`;
  const service = OF_TRINO.test(fault.at) ? "Trino" : "Nessie";
  const codes = /503|500/.test(fault.kind) ? ["5 SERVICE_UNAVAILABLE"] : ["4 AUTHENTICATION_FAILED"];
  // After the move, whatever keeps it from being read back.
  if (service === "Trino" && latest?.status === "unconfirmed") codes.push("5 SERVICE_UNAVAILABLE");
  const isClear =
    codes.includes(`${exitCode} ${error?.code}`) &&
    error?.message.includes(service) === true &&
    !error.message.includes("\n");
  return isClear ? borne.ended : `${end}\n${stderr}`;
}

/** Come as often as time allows: the heartbeats of a lease, and the pages of a query. */
const AS_TIME_ALLOWS = /^(POST \S+ (reads|writes) lease\/\S+|GET \/v1\/statement\/…)#(?!1$)/;
const ONLY_READS = /^(GET |POST \S+ reads )/;
const OF_TRINO = /\/v1\/(?:statement|query)/;

/** Whatever is asked bears these in one way: once for each method of each service is enough. */
const alike: ReadonlySet<FaultKind> = new Set<FaultKind>([
  "503 once",
  "429 with Retry-After",
  "500 for good",
  "its token has expired",
  "its token has expired, and no other is given",
]);

/**
 * All that can go wrong, at each request that writes and each statement. A request that only reads can be lost and
 * repeated in the same way wherever it comes, so that the first of its name stands for all; and of several in a row the
 * first stands for all as to where a service goes away for good.
 */
export function everyFaultOf(requests: readonly string[]): readonly Fault[] {
  const methods = new Set<string>();
  let hasOnlyRead = false;
  return requests.flatMap((at): readonly Fault[] => {
    if (AS_TIME_ALLOWS.test(at)) return [];
    const onlyReads = ONLY_READS.test(at);
    const isFirstRead = onlyReads && !hasOnlyRead;
    hasOnlyRead = onlyReads;
    const method = /^\w+ \/\w+/.exec(at)?.[0] ?? "";
    const isFirstOfMethod = !methods.has(method);
    methods.add(method);
    const kinds = [...passing, ...lasting].filter((kind) => {
      if (!isPossible(kind, at)) return false;
      if (alike.has(kind)) return isFirstOfMethod;
      if (!onlyReads) return true;
      if (isLasting({ kind, at })) return isFirstRead;
      return at.endsWith("#1") && kind !== "its answer is lost";
    });
    return kinds.map((kind) => ({ kind, at }));
  });
}

function isPossible(kind: FaultKind, at: string): boolean {
  if (kind === "409 once") return !ONLY_READS.test(at) && !OF_TRINO.test(at);
  return !(isOfTokens({ kind, at }) && OF_TRINO.test(at));
}
