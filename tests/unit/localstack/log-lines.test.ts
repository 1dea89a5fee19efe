import { describe, expect, it } from "vitest";
import { lastErrorLine, lastLines, lastMeaningfulLine } from "../../../src/localstack/log-lines.js";

describe("the line of a log that says why a process ended", () => {
  it("is the cause, not the stack below it", () => {
    const log = [
      "INFO starting",
      "Exception in thread main java.lang.IllegalStateException: cannot start",
      "\tat a.b.C.main(C.java:1)",
      "Caused by: org.rocksdb.RocksDBException: lock /x/LOCK: Resource temporarily unavailable",
      "\tat a.b.D.open(D.java:2)",
      "\t... 7 more",
      "",
    ].join("\n");
    expect(lastMeaningfulLine(log)).toBe(
      "Caused by: org.rocksdb.RocksDBException: lock /x/LOCK: Resource temporarily unavailable",
    );
  });

  it("is the numbered reason of a refused configuration", () => {
    const log =
      "ERROR main Configuration is invalid\n=====\n\nErrors:\n\n1) Configuration property 'x' was not used\n\n=====\n";
    expect(lastMeaningfulLine(log)).toBe("1) Configuration property 'x' was not used");
  });

  it("is the last line where none speaks of an error, cut to a bearable length", () => {
    expect(lastMeaningfulLine("one\ntwo\n\n")).toBe("two");
    expect(lastMeaningfulLine("x".repeat(1000))).toHaveLength(300);
    expect(lastMeaningfulLine("\n\n")).toBeUndefined();
  });
});

describe("the last error of a log", () => {
  it.each([
    "Error: Could not find or load main class x",
    "Error occurred during initialization of VM",
    "Terminating due to java.lang.OutOfMemoryError: Java heap space",
    "2026-01-01 ERROR [io.quarkus] Failed to start",
    "ERROR: No matching distribution found for x",
  ])("is %j", (line) => {
    expect(lastErrorLine(`before\n${line}\nafter`)).toBe(line);
  });

  it("is no line that only has the word in it", () => {
    expect(lastErrorLine("INFO Bootstrap s3.max-error-retries 10\nINFO error-handling on\n")).toBeUndefined();
  });
});

describe("the end of a log", () => {
  it("has at most so many lines", () => {
    expect(lastLines("a\nb\nc\n", 2)).toEqual(["b", "c"]);
    expect(lastLines("a\nb\nunfinished", 2)).toEqual(["b", "unfinished"]);
    expect(lastLines("a\n", 5)).toEqual(["a"]);
    expect(lastLines("a\n", 0)).toEqual([]);
  });
});
