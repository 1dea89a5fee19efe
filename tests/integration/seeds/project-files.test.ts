import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { errorOf } from "../../support/errors.js";
import { filesOfProject, seedFiles } from "../../support/seed-writer.js";

const freshProject = async (): Promise<string> =>
  realpath(await mkdtemp(join(tmpdir(), "oso-pipeline-seeds-")));
const name = "a__b";
const all = seedFiles(name);
const paths = all.map(({ path }) => path);

const write = async (project: string, path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(project, path)), { recursive: true });
  await writeFile(join(project, path), text);
};
const present = async (project: string): Promise<string[]> => {
  const there = await Promise.all(paths.map((path) => filesOfProject(project).exists(path)));
  return paths.filter((_, index) => there[index]);
};
const hidden = async (project: string): Promise<string[]> =>
  (await readdir(project)).filter((entry) => entry.startsWith(".seed-add"));

describe("a seed's files", () => {
  it("are put into the project with nothing left beside them", async () => {
    const project = await freshProject();
    await filesOfProject(project).place(name, all, false);
    expect(await present(project)).toEqual(paths);
    expect(await hidden(project)).toEqual([]);
    expect(await filesOfProject(project).complete()).toEqual([]);
  });

  it.each([0, 1, 2, 3])(
    "are completed when the process died after %i of them were in their places",
    async (moved) => {
      const project = await freshProject();
      const waiting = `.seed-add-new-${name}`;
      for (const { path, text } of all) await write(project, `${waiting}/${path}`, text);
      for (const path of paths.slice(0, moved)) {
        await mkdir(dirname(join(project, path)), { recursive: true });
        await rename(join(project, waiting, path), join(project, path));
      }
      expect(await filesOfProject(project).complete()).toEqual(paths.slice(moved));
      expect(await present(project)).toEqual(paths);
      expect(await hidden(project)).toEqual([]);
    },
  );

  it("that were not all written when the process died leave nothing", async () => {
    const project = await freshProject();
    // No process has this number.
    await write(project, ".seed-add-4194305-ab.tmp/seeds/a__b.csv", "a");
    expect(await filesOfProject(project).complete()).toEqual([]);
    expect(await hidden(project)).toEqual([]);
    expect(await present(project)).toEqual([]);
  });

  it("of a process that is still writing them are left alone", async () => {
    const project = await freshProject();
    await write(project, `.seed-add-${process.pid}-ab.tmp/seeds/a__b.csv`, "a");
    await filesOfProject(project).complete();
    expect(await hidden(project)).toHaveLength(1);
  });

  it("never take the place of one that has come to be there", async () => {
    const project = await freshProject();
    await write(project, all[1]?.path ?? "", "mine");
    expect(await errorOf(() => filesOfProject(project).place(name, all, false))).toMatchObject({
      code: "CONFLICT",
    });
    expect(await readFile(join(project, all[1]?.path ?? ""), "utf8")).toBe("mine");
  });

  it("take it when they are to replace what is there", async () => {
    const project = await freshProject();
    await write(project, all[1]?.path ?? "", "mine");
    await filesOfProject(project).place(name, all, true);
    expect(await readFile(join(project, all[1]?.path ?? ""), "utf8")).toBe(all[1]?.text);
  });

  it("are all there or none, wherever kill -9 hits the process that writes them", async () => {
    for (const after of [3, 17, 40]) {
      const project = await freshProject();
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, "../../support/seed-writer.mjs"), project],
        {
          stdio: ["ignore", "pipe", "inherit"],
        },
      );
      onTestFinished(() => void child.kill("SIGKILL"));
      for await (const line of createInterface({ input: child.stdout })) if (Number(line) >= after) break;
      child.kill("SIGKILL");
      await once(child, "exit");
      await filesOfProject(project).complete();
      const seeds = (await readdir(join(project, "seeds"))).map((file) => file.replace(".csv", ""));
      const models = await readdir(join(project, "models/seeds"));
      const staging = await readdir(join(project, "models/staging"));
      expect(seeds.length).toBeGreaterThan(after);
      expect(models.toSorted()).toEqual(seeds.map((seed) => `seed_${seed}.sql`).toSorted());
      expect(staging.toSorted()).toEqual(seeds.map((seed) => `stg_${seed}.sql`).toSorted());
      expect(await hidden(project)).toEqual([]);
    }
  });
});

describe("the key of the masks", () => {
  it("is made once, for its owner's eyes only, and stays", async () => {
    const project = await freshProject();
    const [one, other] = await Promise.all([
      filesOfProject(project).maskKey(true),
      filesOfProject(project).maskKey(true),
    ]);
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(other).toBe(one);
    expect((await stat(join(project, ".oso-pipeline/seed-mask.key"))).mode & 0o777).toBe(0o600);
  });

  it("is not kept where nothing is to be written", async () => {
    const project = await freshProject();
    await filesOfProject(project).maskKey(false);
    expect(await readdir(project)).toEqual([]);
  });
});
