import { describe, expect, it } from "vitest";
import { birthFromPs, birthFromStat, pidsWithArgument } from "../../../src/localstack/process-table.js";
import { listeningInodes } from "../../../src/localstack/tcp.js";

/** A line of /proc/<pid>/stat; start is its 22nd field. */
const stat = (command: string, state: string, start: number): string =>
  `4711 (${command}) ${state} 1 4711 4711 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 30 0 ${start} 3000 400 18446744073709551615 1`;

describe("a process's birth on Linux", () => {
  it("is its start time and the boot, so that neither a recycled number nor a reboot is taken for it", () => {
    const birth = birthFromStat(stat("java", "S", 123_456), "boot-1");
    expect(birth).toBe("boot-1/123456");
    expect(birthFromStat(stat("java", "S", 123_457), "boot-1")).not.toBe(birth);
    expect(birthFromStat(stat("java", "S", 123_456), "boot-2")).not.toBe(birth);
  });

  it("is found behind a command name with spaces and brackets", () => {
    expect(birthFromStat(stat("a) S 1 (b", "R", 99), "b")).toBe("b/99");
  });

  it.each(["Z", "X"])("is none for a process that has ended (%s)", (state) => {
    expect(birthFromStat(stat("java", state, 99), "b")).toBeNull();
  });
});

describe("a process's birth by ps", () => {
  it("is the time it started, and none for a zombie or no process", () => {
    expect(birthFromPs("Ss   Sat Nov 21 10:00:01 2026    \n")).toBe("Sat Nov 21 10:00:01 2026");
    expect(birthFromPs("Z+   Sat Nov 21 10:00:01 2026\n")).toBeNull();
    expect(birthFromPs("")).toBeNull();
  });
});

describe("the list of all processes by ps", () => {
  it("gives those with the whole argument, not those with a longer one or one inside another", () => {
    const lines = [
      "  11 java -Dstack=ab.s3 -jar x",
      "  12 java -Dstack=ab.s3x -jar x",
      "  13 grep x-Dstack=ab.s3",
      "  14 java -jar x -Dstack=ab.s3",
      "",
    ].join("\n");
    expect(pidsWithArgument(lines, "-Dstack=ab.s3")).toEqual([11, 14]);
  });
});

describe("/proc/net/tcp", () => {
  it("tells the sockets that listen on a port from those that are connected, or to such a port", () => {
    const table = [
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 501 1",
      "   1: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 502 1",
      "   2: 0100007F:C001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 503 1",
      "   3: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 504 1",
    ].join("\n");
    expect(listeningInodes(table, 8080)).toEqual(["501"]);
    expect(listeningInodes(table, 80)).toEqual(["504"]);
  });
});
