import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Home } from "./home.js";
import { address, nessieReady, s3Ready, trinoReady, type Readiness } from "./probes.js";
import { BUCKET, CONSUMER_TAG, HOST, type Part, type PortName, type ServiceName } from "./settings.js";

/** How one service is started, and how it is known to work. */
export interface Service {
  readonly name: ServiceName;
  readonly title: string;
  readonly version: string;
  /** Every port it listens on; the first is the one of `address`. */
  readonly ports: readonly PortName[];
  readonly address: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly workingDirectory: string;
  /** Folders it needs, and its configuration: absolute path → text. */
  readonly folders: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** The archive of loaded classes that the process writes when it ends. */
  readonly archive: string | null;
  ready(signal: AbortSignal): Promise<Readiness>;
}

/** What services are made from. */
export interface Ingredients {
  readonly home: Home;
  readonly ports: Readonly<Record<PortName, number>>;
  readonly versions: Readonly<Record<Part, string>>;
  readonly java: string;
  readonly s3ProxyJar: string;
  readonly nessieJar: string;
  /** Folder of the unpacked Trino. */
  readonly trino: string;
  /** Folder of the cache; it also keeps the archives of loaded classes that make the next start faster. */
  readonly cache: string;
}

// Neither secret nor checked: the object store asks nobody for keys, but its clients insist on having some.
const KEY = "local";
const REGION = "us-east-1";

export function defineServices(from: Ingredients): readonly Service[] {
  return [s3Service(from), nessieService(from), trinoService(from)];
}

/** Changes whenever the service would have to be restarted to be what it should be. */
export function digestOf(service: Service): string {
  const parts = [service.version, service.command, service.args, service.files];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/**
 * The serial collector and C1 alone: a third faster to start than the defaults and half the processor time, on
 * the small data this stack is for (measured on 2 cores: Trino 9.2 s instead of 12.9, Nessie 3.2 instead of 4.7).
 */
function javaFlags({ home }: Ingredients, service: ServiceName, heap: string): string[] {
  return [
    home.marker(service),
    `-Xmx${heap}`,
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dfile.encoding=UTF-8",
    "-Duser.timezone=UTC",
    `-Djava.io.tmpdir=${temporary(home, service)}`,
  ];
}

/**
 * The archive of loaded classes that Java writes when the process first ends in an orderly way, and replaces by
 * itself when it no longer fits: another third off (Trino 6.1 s, Nessie 2.0).
 */
const archiveFlags = (archive: string): string[] => [
  "-XX:+AutoCreateSharedArchive",
  `-XX:SharedArchiveFile=${archive}`,
  // Classes that cannot be archived are nobody's concern, and there are hundreds.
  "-Xlog:aot*=off",
  "-Xlog:cds*=off",
];

const archiveFile = ({ cache, versions }: Ingredients, service: "nessie" | "trino"): string =>
  join(cache, "archives", `${service}-${versions[service]}.jsa`);

/** Of its own for each service, so that native libraries that a killed process unpacked are not left for ever. */
export const temporary = (home: Home, service: ServiceName): string => join(home.run, "tmp", service);

function s3Service(from: Ingredients): Service {
  const { home, ports, versions, java, s3ProxyJar } = from;
  const config = join(home.etc, "s3proxy.properties");
  const store = join(home.data, "s3");
  return {
    name: "s3",
    title: "S3Proxy",
    version: versions.s3proxy,
    ports: ["s3"],
    address: address(ports.s3),
    command: java,
    args: [...javaFlags(from, "s3", "256m"), "-jar", s3ProxyJar, "--properties", config],
    workingDirectory: home.data,
    // A bucket is a folder.
    folders: [join(store, BUCKET)],
    archive: null,
    files: {
      [config]: properties({
        "s3proxy.authorization": "none",
        "s3proxy.endpoint": address(ports.s3),
        // Without it Trino gets 501 "A header you provided implies functionality that is not implemented".
        "s3proxy.ignore-unknown-headers": "true",
        "jclouds.provider": "filesystem-nio2",
        "jclouds.filesystem.basedir": store,
        "jclouds.identity": KEY,
        "jclouds.credential": KEY,
      }),
    },
    ready: (signal) => s3Ready(ports.s3, signal),
  };
}

function nessieService(from: Ingredients): Service {
  const { home, ports, versions, java, nessieJar } = from;
  const config = join(home.etc, "nessie.properties");
  const data = join(home.data, "nessie");
  const archive = archiveFile(from, "nessie");
  return {
    name: "nessie",
    title: "Nessie",
    version: versions.nessie,
    ports: ["nessie", "nessieManagement"],
    address: `${address(ports.nessie)}/api/v2`,
    command: java,
    args: [
      ...javaFlags(from, "nessie", "512m"),
      ...archiveFlags(archive),
      `-Dsmallrye.config.locations=${fileUrl(config)}`,
      "-jar",
      nessieJar,
    ],
    workingDirectory: home.data,
    folders: [data, dirname(archive)],
    archive,
    files: {
      [config]: properties({
        "nessie.version.store.type": "ROCKSDB",
        "nessie.version.store.persist.rocks.database-path": data,
        "quarkus.http.host": HOST,
        "quarkus.http.port": String(ports.nessie),
        "quarkus.management.host": HOST,
        "quarkus.management.port": String(ports.nessieManagement),
        "quarkus.http.access-log.enabled": "false",
        "nessie.catalog.default-warehouse": BUCKET,
        [`nessie.catalog.warehouses.${BUCKET}.location`]: `s3://${BUCKET}/`,
        "nessie.catalog.service.s3.default-options.endpoint": `${address(ports.s3)}/`,
        "nessie.catalog.service.s3.default-options.path-style-access": "true",
        "nessie.catalog.service.s3.default-options.region": REGION,
        "nessie.catalog.service.s3.default-options.access-key": "urn:nessie-secret:quarkus:s3key",
        "s3key.name": KEY,
        "s3key.secret": KEY,
      }),
    },
    ready: (signal) => nessieReady(ports.nessie, signal),
  };
}

function trinoService(from: Ingredients): Service {
  const { home, ports, versions, java, trino } = from;
  const etc = join(home.etc, "trino");
  const catalogs = join(etc, "catalog");
  const config = join(etc, "config.properties");
  const levels = join(etc, "log.properties");
  const data = join(home.data, "trino");
  const archive = archiveFile(from, "trino");
  return {
    name: "trino",
    title: "Trino",
    version: versions.trino,
    ports: ["trino"],
    address: address(ports.trino),
    command: java,
    args: [
      ...javaFlags(from, "trino", "2g"),
      ...archiveFlags(archive),
      "-Djdk.attach.allowAttachSelf=true",
      "-XX:+EnableDynamicAgentLoading",
      // An attempt to read object layouts with a debugger, which this Java does not have: seconds for nothing.
      "-Djol.skipHotspotSAAttach=true",
      "--sun-misc-unsafe-memory-access=allow",
      "--enable-native-access=ALL-UNNAMED",
      `-Dconfig=${config}`,
      `-Dlog.levels-file=${levels}`,
      "-cp",
      join(trino, "lib", "*"),
      "io.trino.server.TrinoServer",
    ],
    workingDirectory: data,
    folders: [data, dirname(archive)],
    archive,
    files: {
      [config]: properties({
        coordinator: "true",
        "node-scheduler.include-coordinator": "true",
        "node.environment": "local",
        "node.id": "local",
        "node.bind-ip": HOST,
        "node.internal-address": HOST,
        "http-server.http.port": String(ports.trino),
        "http-server.log.enabled": "false",
        "discovery.uri": address(ports.trino),
        "catalog.config-dir": catalogs,
        "plugin.dir": join(trino, "plugin"),
        "query.max-memory": "1GB",
        "query.max-memory-per-node": "1GB",
      }),
      [levels]: properties({ "io.trino": "INFO" }),
      [join(catalogs, "iceberg.properties")]: icebergCatalog(ports, "main"),
      [join(catalogs, "iceberg_consumer.properties")]: icebergCatalog(ports, CONSUMER_TAG),
      [join(catalogs, "memory.properties")]: properties({ "connector.name": "memory" }),
      [join(catalogs, "tpch.properties")]: properties({ "connector.name": "tpch" }),
    },
    ready: (signal) => trinoReady(ports.trino, signal),
  };
}

/** A catalog over Nessie's Iceberg endpoint; type=nessie would neither follow a moved tag nor know views. */
function icebergCatalog(ports: Readonly<Record<PortName, number>>, reference: string): string {
  return properties({
    "connector.name": "iceberg",
    "iceberg.catalog.type": "rest",
    "iceberg.rest-catalog.uri": `${address(ports.nessie)}/iceberg/`,
    "iceberg.rest-catalog.prefix": reference,
    "iceberg.rest-catalog.view-endpoints-enabled": "true",
    "fs.native-s3.enabled": "true",
    "s3.endpoint": address(ports.s3),
    "s3.path-style-access": "true",
    "s3.region": REGION,
    "s3.aws-access-key": KEY,
    "s3.aws-secret-key": KEY,
  });
}

/** A path in a list of URIs, where a comma would begin the next one. */
const fileUrl = (path: string): string => pathToFileURL(path).href.replaceAll(",", "%2C");

/** Java's properties format: read as ISO 8859-1, with the backslash as its escape. */
export function properties(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${escaped(value)}\n`)
    .join("");
}

const escaped = (value: string): string =>
  value
    .replaceAll("\\", "\\\\")
    .replace(/^ /, "\\ ")
    .replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
