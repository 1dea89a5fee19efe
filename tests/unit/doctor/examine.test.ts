import { afterEach, describe, expect, it, vi } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import { concluded, fine, unknown, warning, wrong } from "../../../src/doctor/diagnosis.js";
import { examine, type Examination } from "../../../src/doctor/examine.js";

const never = new AbortController().signal;

const examination = (
  name: string,
  look: Examination["look"],
  more: Partial<Examination> = {},
): Examination => ({ name, looked: name, needs: [], timeLimitMilliseconds: 1_000, look, ...more });

const unavailable = new PipelineError("SERVICE_UNAVAILABLE", {
  message: "Nessie cannot be reached",
  hint: "start it",
});

afterEach(() => vi.useRealTimers());

describe("examining", () => {
  it("looks at everything, whatever else is wrong, in the order it was listed", async () => {
    const found = await examine(
      [
        examination("a", async () => wrong("CONFLICT", "broken", "mend it")),
        examination("b", async () => [fine("good"), warning("hm", "look")]),
        examination("c", async () => {
          throw unavailable;
        }),
        examination("d", async () => fine("good")),
      ],
      never,
    );
    expect(found.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "a wrong",
      "b fine",
      "b warning",
      "c unknown",
      "d fine",
    ]);
  });

  it("begins what needs nothing at once", async () => {
    let arrived = 0;
    let all = (): void => undefined;
    const together = new Promise<void>((resolve) => (all = resolve));
    const look = async () => {
      arrived += 1;
      if (arrived === 3) all();
      await together;
      return fine("good");
    };
    const found = await examine(
      ["a", "b", "c"].map((name) => examination(name, look)),
      never,
    );
    expect(found).toHaveLength(3);
  });

  it("tells a service that is away once, and of what depends on it that it was not looked at", async () => {
    const asked: string[] = [];
    const found = await examine(
      [
        examination(
          "nessie",
          async () => {
            throw unavailable;
          },
          { isService: true },
        ),
        examination("ledger", async () => fine(`${asked.push("ledger")}`), { needs: ["nessie"] }),
        examination("tags", async () => fine(`${asked.push("tags")}`), { needs: ["ledger"] }),
      ],
      never,
    );
    expect(found).toMatchObject([
      { name: "nessie", state: "wrong", code: "SERVICE_UNAVAILABLE", mend: "start it", without: null },
      { name: "ledger", state: "unknown", code: null, without: "nessie" },
      { name: "tags", state: "unknown", code: null, without: "nessie" },
    ]);
    expect(asked).toEqual([]);
  });

  it("goes on where what it needs only may hurt one day", async () => {
    const found = await examine(
      [
        examination("catalog", async () => warning("no tag yet", "make it")),
        examination("tables", async () => fine("good"), { needs: ["catalog"] }),
      ],
      never,
    );
    expect(found.map(({ state }) => state)).toEqual(["warning", "fine"]);
  });

  it("gives up what does not answer in time, and tells it to stop", async () => {
    vi.useFakeTimers();
    let stopped = false;
    const looking = examine(
      [
        examination(
          "hanging",
          async (signal) => {
            signal.addEventListener("abort", () => (stopped = true));
            return new Promise(() => undefined);
          },
          { timeLimitMilliseconds: 5_000 },
        ),
        examination("quick", async () => fine("good")),
      ],
      never,
    );
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await looking).toMatchObject([
      { name: "hanging", state: "unknown", code: "TIMEOUT", found: "no answer within 5.0 s" },
      { name: "quick", state: "fine" },
    ]);
    expect(stopped).toBe(true);
  });

  it("ends on Ctrl-C, and tells all to stop", async () => {
    const controller = new AbortController();
    let stopped = 0;
    const hanging: Examination["look"] = async (signal) => {
      signal.addEventListener("abort", () => (stopped += 1));
      return new Promise(() => undefined);
    };
    const looking = examine([examination("a", hanging), examination("b", hanging)], controller.signal);
    controller.abort();
    await expect(looking).rejects.toMatchObject({ code: "INTERRUPTED" });
    expect(stopped).toBe(2);
  });

  it("tells a defect of its own as one thing that is wrong among others", async () => {
    const found = await examine(
      [
        examination("a", async () => {
          throw new TypeError("x is not a function");
        }),
        examination("b", async () => fine("good")),
      ],
      never,
    );
    expect(found).toMatchObject([
      { state: "wrong", code: "DEFECT", found: "internal error: x is not a function" },
      { state: "fine" },
    ]);
  });
});

describe("how a diagnosis ends", () => {
  const of = (...findings: ReturnType<typeof fine>[]) =>
    concluded(
      findings.map((finding, index) => ({ ...finding, name: `n${index}`, looked: "it", without: null })),
    );

  it("is no failure with warnings, nor with what there is nothing to say of", () => {
    const { result, failure } = of(fine("good"), warning("hm", "look"), unknown("nothing yet"));
    expect(failure).toBeUndefined();
    expect(result.counts).toEqual({ wrong: 0, unknown: 1, warning: 1, fine: 1 });
  });

  it("has the exit code of the first thing that is wrong, also behind what could not be looked at", () => {
    const { failure } = of(
      { ...unknown("no answer"), code: "TIMEOUT" },
      wrong("CATALOG_UNFIT", "no such catalog", "make it"),
      wrong("CONFLICT", "moved", "put it back"),
    );
    expect(failure).toMatchObject({
      code: "CATALOG_UNFIT",
      exitCode: 3,
      message: "2 things are wrong: n1, n2",
      hint: "make it",
    });
  });

  it("is a failure where something could not be looked at for a reason of its own", () => {
    const { failure } = of(fine("good"), { ...unknown("no answer"), code: "TIMEOUT" });
    expect(failure).toMatchObject({ exitCode: 5, message: "1 thing could not be looked at: n1" });
  });
});
