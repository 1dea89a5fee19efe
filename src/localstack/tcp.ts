import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { HOST } from "./settings.js";

const run = promisify(execFile);

/** Whether a server could listen on this port of the loopback address now. @throws what listening throws besides. */
export async function isFree(port: number): Promise<boolean> {
  // macOS lets one process listen on 127.0.0.1 while another listens on all addresses, so ask both ways.
  if (await answers(port)) return false;
  const server = await listen(port).catch((thrown: unknown) => {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EADDRINUSE") return null;
    throw thrown;
  });
  if (server === null) return false;
  await server.close();
  return true;
}

const LINGER_MS = 5_000;

/**
 * Like `isFree`, but waits for a port that nobody can be named for: a process that was killed counts as dead a moment
 * before its last thread has ended and let go of its ports.
 */
export async function becomesFree(port: number): Promise<boolean> {
  const deadline = performance.now() + LINGER_MS;
  while (!(await isFree(port))) {
    if (performance.now() > deadline || (await listenerOn(port)) !== null) return false;
    await pause(50);
  }
  return true;
}

/** So many free ports, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)));
  await Promise.all(servers.map((server) => server.close()));
  return servers.map(({ port }) => port);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port });
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
  });
}

function listen(port: number): Promise<{ port: number; close: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host: HOST, port, exclusive: true }, () => {
      const close = (): Promise<void> => new Promise((closed) => server.close(() => closed()));
      const bound = server.address();
      if (bound === null || typeof bound === "string") reject(new Error("a TCP server has no TCP address"));
      else resolve({ port: bound.port, close });
    });
  });
}

/** The process that listens on a port, as far as this user may know: `java (process 4711)`. */
export async function listenerOn(port: number): Promise<string | null> {
  const pid = process.platform === "linux" ? await linuxListener(port) : await lsofListener(port);
  if (pid === null) return null;
  const { stdout } = await run("ps", ["-o", "comm=", "-p", String(pid)]).catch(() => ({ stdout: "" }));
  const name = stdout.trim();
  return name === "" ? `process ${pid}` : `${name} (process ${pid})`;
}

async function linuxListener(port: number): Promise<number | null> {
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(() => "")),
  );
  const inodes = new Set(
    tables.flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`),
  );
  if (inodes.size === 0) return null;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const handles = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const links = await Promise.all(handles.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")));
    if (links.some((link) => inodes.has(link))) return Number(pid);
  }
  return null;
}

/** Inodes of the sockets that listen on `port`, from /proc/net/tcp: state 0A, port in hexadecimal. */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) === true && fields[3] === "0A")
    .flatMap((fields) => fields[9] ?? []);
}

async function lsofListener(port: number): Promise<number | null> {
  const args = ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fp"];
  const { stdout } = await run("lsof", args).catch(() => ({ stdout: "" }));
  const pid = /^p(\d+)/m.exec(stdout)?.[1];
  return pid === undefined ? null : Number(pid);
}
