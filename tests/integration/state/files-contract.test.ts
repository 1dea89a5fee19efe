import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe } from "vitest";
import { createFileRecords } from "../../../src/state/files.js";
import { recordStoreContract } from "../../support/record-store-contract.js";

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

describe("records in a folder", () => {
  recordStoreContract(async () => {
    const parent = await mkdtemp(join(tmpdir(), "records-"));
    folders.push(parent);
    const folder = join(parent, "deep", "state");
    return [createFileRecords({ folder }), createFileRecords({ folder })];
  });
});
