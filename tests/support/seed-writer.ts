import { join } from "node:path";
import { projectFiles } from "../../src/sqlmesh/project-files.js";
import type { ProjectFile } from "../../src/seeds/ports.js";

export const filesOfProject = (project: string): ReturnType<typeof projectFiles> =>
  projectFiles(project, { path: join(project, ".oso-pipeline", "seed-mask.key"), shown: "the key" });

/** In the order in which they are put there. */
export const seedFiles = (name: string): readonly ProjectFile[] => [
  { path: `seeds/${name}.csv`, text: "a\n1\n" },
  { path: `models/seeds/seed_${name}.sql`, text: `MODEL (\n  name oso.seed_${name},\n  kind SEED\n);\n` },
  { path: `models/staging/stg_${name}.sql`, text: `MODEL (\n  name oso.stg_${name},\n  kind FULL\n);\n` },
];

/** Says the number of each seed that is there. */
export async function placeWithoutEnd(project: string): Promise<never> {
  const files = filesOfProject(project);
  for (let number = 0; ; number++) {
    const name = `a__t${number}`;
    await files.place(name, seedFiles(name), false);
    process.stdout.write(`${number}\n`);
  }
}
