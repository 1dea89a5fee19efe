import { PipelineError } from "../core/errors.js";
import type { Memory } from "./home.js";
import { defaultPorts, portNames, portSetting, type PortName, type ServiceName } from "./settings.js";
import { becomesFree, freePorts } from "./tcp.js";

export type Ports = Readonly<Record<PortName, number>>;

/**
 * The ports to use: as set, else the default; where 0 is set the one picked earlier, or a newly picked one where
 * that has been taken since. The ports of `running` services are this stack's own.
 */
export async function portsToUse(
  set: Partial<Readonly<Record<PortName, number | null>>>,
  picked: Memory["pickedPorts"],
  running: readonly ServiceName[],
): Promise<{ ports: Ports; picked: Memory["pickedPorts"] }> {
  const automatic = portNames.filter((name) => set[name] === 0);
  const inUse = new Set<PortName>(running.includes("nessie") ? [...running, "nessieManagement"] : running);
  const fresh = await freePorts(automatic.length);
  const pickedNow = { ...picked };
  for (const [index, name] of automatic.entries()) {
    const earlier = picked[name];
    const isKept = earlier !== undefined && (inUse.has(name) || (await becomesFree(earlier)));
    pickedNow[name] = isKept ? earlier : (fresh[index] ?? 0);
  }
  const ports = { ...defaultPorts };
  for (const name of portNames)
    ports[name] = (set[name] === 0 ? pickedNow[name] : set[name]) ?? defaultPorts[name];
  refuseShared(ports);
  return { ports, picked: pickedNow };
}

function refuseShared(ports: Ports): void {
  for (const [index, name] of portNames.entries()) {
    const other = portNames.slice(0, index).find((earlier) => ports[earlier] === ports[name]);
    if (other === undefined) continue;
    throw new PipelineError("CONFIG_INVALID", {
      message: `${portSetting[other]} and ${portSetting[name]} are both port ${ports[name]}`,
      hint: "give each a port of its own; 0 picks a free one",
    });
  }
}
