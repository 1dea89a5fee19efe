import { PipelineError } from "../core/errors.js";
import type { Memory } from "./home.js";
import { defaultPorts, portSetting, type PortName } from "./settings.js";
import { freePorts, isFree } from "./tcp.js";

export type Ports = Readonly<Record<PortName, number>>;

const names = Object.keys(defaultPorts) as PortName[];

/**
 * The ports to use: as set, else the default; where 0 is set the one picked earlier, or a newly picked one where
 * that has been taken since. `inUse` are ports that this stack itself listens on.
 */
export async function portsToUse(
  set: Partial<Readonly<Record<PortName, number | null>>>,
  picked: Memory["pickedPorts"],
  inUse: ReadonlySet<PortName>,
): Promise<{ ports: Ports; picked: Memory["pickedPorts"] }> {
  const wanted = names.map((name) => ({ name, port: set[name] ?? defaultPorts[name] }));
  const automatic = wanted.filter(({ port }) => port === 0).map(({ name }) => name);
  const fresh = await freePorts(automatic.length);
  const kept = await Promise.all(
    automatic.map(async (name, index): Promise<[PortName, number]> => {
      const earlier = picked[name];
      const isKept = earlier !== undefined && (inUse.has(name) || (await isFree(earlier)));
      return [name, isKept ? earlier : (fresh[index] ?? 0)];
    }),
  );
  const pickedNow = { ...picked, ...Object.fromEntries(kept) };
  const ports = Object.fromEntries(
    wanted.map(({ name, port }) => [name, port === 0 ? pickedNow[name] : port]),
  ) as Record<PortName, number>;
  refuseShared(ports);
  return { ports, picked: pickedNow };
}

function refuseShared(ports: Ports): void {
  for (const [index, name] of names.entries()) {
    const other = names.slice(0, index).find((earlier) => ports[earlier] === ports[name]);
    if (other === undefined) continue;
    throw new PipelineError("CONFIG_INVALID", {
      message: `${portSetting[other]} and ${portSetting[name]} are both port ${ports[name]}`,
      hint: "give each a port of its own; 0 picks a free one",
    });
  }
}
