import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { concluded, type Diagnosis, fine, unknown, warning, wrong } from "../../../src/doctor/diagnosis.js";
import { renderDoctor } from "../../../src/report/text/doctor.js";
import { terminalOf } from "./fixtures.js";

const of = (name: string, finding: ReturnType<typeof fine>, without: string | null = null): Diagnosis => ({
  ...finding,
  name,
  looked: name,
  without,
});

const { result } = concluded([
  of("trino", fine("Trino 476 at http://127.0.0.1:8080, as pipeline")),
  of("nessie", {
    ...wrong("SERVICE_UNAVAILABLE", "Nessie at http://127.0.0.1:19120/api/v2 cannot be reached", "start it"),
  }),
  of("producer-catalog", fine("iceberg is of Iceberg, and has 12 schemas")),
  of("ledger", unknown("not looked at without nessie"), "nessie"),
  of("consumer-tag", unknown("not looked at without nessie"), "nessie"),
  of(
    "orphan-removal",
    warning(
      "pipeline may run remove_orphan_files, which deletes from iceberg what only releases still need",
      "set iceberg.remove-orphan-files.min-retention=36500d for iceberg",
    ),
  ),
  of("views", unknown("no answer within 60 s", "try again")),
]);

describe("what doctor found, as text", () => {
  it("has the worst first, each with how to mend it, and once what could not be looked at", () => {
    expect(`\n${renderDoctor(result, terminalOf(80))}`).toBe(`
wrong    nessie            Nessie at http://127.0.0.1:19120/api/v2 cannot be
                           reached
                           → start it
unknown  views             no answer within 60 s
                           → try again
unknown                    without nessie: ledger, consumer-tag
warning  orphan-removal    pipeline may run remove_orphan_files, which deletes
                           from iceberg what only releases still need
                           → set
                             iceberg.remove-orphan-files.min-retention=36500d
                             for iceberg
fine     trino             Trino 476 at http://127.0.0.1:8080, as pipeline
fine     producer-catalog  iceberg is of Iceberg, and has 12 schemas

1 wrong, 3 unknown, 1 warning, 2 fine`);
  });

  it("puts what was found below its name where there is no room beside it", () => {
    expect(renderDoctor(result, terminalOf(60)).split("\n").slice(0, 4)).toEqual([
      "wrong    nessie",
      "  Nessie at http://127.0.0.1:19120/api/v2 cannot be reached",
      "  → start it",
      "unknown  views",
    ]);
  });

  it.each([60, 80, 200])("fits %i columns", (columns) => {
    const lines = renderDoctor(result, terminalOf(columns)).split("\n");
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
  });
});
