import { describe, expect, it } from "vitest";
import {
  availableFrom,
  checkDisk,
  checkMemory,
  checkPlatform,
} from "../../../src/localstack/requirements.js";
import { venvMissing } from "../../../src/localstack/python.js";
import { errorOf } from "../../support/errors.js";

const GIBI = 2 ** 30;

describe("what the machine must have", () => {
  it("is about 4 GiB for everything, less where something runs already", async () => {
    expect(() => checkMemory(4 * GIBI, ["s3", "nessie", "trino"])).not.toThrow();
    expect(() => checkMemory(GIBI / 2, ["s3"])).not.toThrow();
    const error = await errorOf(() => checkMemory(2 * GIBI, ["s3", "nessie", "trino"]));
    expect(error.code).toBe("REQUIREMENT_MISSING");
    expect(error.message).toBe("2.0 GiB of memory are available; starting s3, nessie, trino needs 4.0 GiB");
  });

  it("is measured by what Linux could give back, not by what nobody uses", () => {
    const meminfo = "MemTotal:       8000000 kB\nMemFree:          100000 kB\nMemAvailable:    6000000 kB\n";
    expect(availableFrom(meminfo)).toBe(6_000_000 * 1024);
    expect(availableFrom("")).toBeUndefined();
  });

  it("is Linux or macOS on a processor there is a Java for", async () => {
    expect(() => checkPlatform("linux", "arm64")).not.toThrow();
    expect(() => checkPlatform("darwin", "x64")).not.toThrow();
    for (const [platform, architecture] of [
      ["win32", "x64"],
      ["linux", "riscv64"],
    ] as const) {
      const error = await errorOf(() => checkPlatform(platform, architecture));
      expect(error.code).toBe("REQUIREMENT_MISSING");
      expect(error.message).toContain(`${platform} ${architecture}`);
    }
  });

  it("is room on the disk, and the setting that moves the folder is named where there is none", async () => {
    const error = await errorOf(() =>
      checkDisk(import.meta.dirname, 2 ** 60, "the local stack", "local.home"),
    );
    expect(error.code).toBe("REQUIREMENT_MISSING");
    expect(error.message).toContain("the local stack needs 1073741824.0 GiB");
    expect(error.hint).toContain("local.home");
  });

  it("is python3-venv, named as Debian names it for this Python", () => {
    const error = venvMissing(
      { version: "3.12.3", base: "/usr/bin/python3.12", machine: "x86_64", hasVenv: false },
      "linux",
    );
    expect(error.code).toBe("REQUIREMENT_MISSING");
    expect(error.hint).toContain("apt install python3.12-venv");
  });
});
