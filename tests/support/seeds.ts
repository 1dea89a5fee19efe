import type { Row, SeedColumn } from "../../src/seeds/column.js";
import { seedColumns } from "../../src/seeds/column.js";
import type { Built, ProjectFile, ProjectFiles, Rows, SeedSource, Workbench } from "../../src/seeds/ports.js";

/** A column as it is read from a table. */
export function column(name: string, type: string): SeedColumn {
  const [found] = seedColumns("c.s.t", [{ name, type }]);
  if (found === undefined) throw new Error(`no column of ${type}`);
  return found;
}

/** Trino with one table: its columns, and the rows as text. */
export class FakeTable implements SeedSource {
  readonly statements: string[] = [];
  constructor(
    private readonly columns: Rows["columns"],
    private readonly rows: readonly Row[],
    private readonly built: ReadonlyMap<string, readonly Row[]> = new Map(),
  ) {}

  async query(sql: string): Promise<Rows> {
    this.statements.push(sql);
    if (sql.endsWith("LIMIT 0")) return { columns: this.columns, rows: [] };
    for (const [table, rows] of this.built) if (sql.includes(table)) return { columns: [], rows };
    if (sql.includes("MIN_BY(")) return { columns: [], rows: [[...this.rows, null]], bytesRead: 1_000 };
    return { columns: [], rows: this.rows, bytesRead: 1_000 };
  }
}

export class FakeFiles implements ProjectFiles {
  readonly maskKeyPath = ".oso-pipeline/seed-mask.key";
  placed: readonly ProjectFile[] = [];
  keptKey = false;
  left: readonly string[] = [];
  constructor(readonly there: readonly ProjectFile[] = []) {}

  definitions = async (): Promise<readonly ProjectFile[]> => this.there;
  exists = async (path: string): Promise<boolean> => this.there.some((file) => file.path === path);
  complete = async (): Promise<readonly string[]> => this.left;
  async place(_: string, files: readonly ProjectFile[]): Promise<void> {
    this.placed = files;
  }
  async maskKey(keep: boolean): Promise<string> {
    this.keptKey ||= keep;
    return "key";
  }
}

/** SQLMesh that builds everything, or does what is said. */
export const fakeWorkbench = (built: Partial<Built> | Error = {}): Workbench & { asked: unknown[] } => {
  const asked: unknown[] = [];
  return {
    asked,
    async build(models, environment) {
      asked.push({ models, environment });
      if (built instanceof Error) throw built;
      return { failures: [], skipped: [], tables: new Map(), sqlmeshVersion: "0.236.4", ...built };
    },
  };
};
