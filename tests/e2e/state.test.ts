import { describe, inject } from "vitest";
import { createNessieRecords } from "../../src/nessie/records.js";
import { recordStoreContract } from "../support/record-store-contract.js";

const { nessieUri } = inject("stack");
let places = 0;

describe("records on a branch of Nessie", () => {
  recordStoreContract(async () => {
    const branch = `state-contract-${(places += 1)}-${Date.now()}`;
    return [createNessieRecords({ uri: nessieUri, branch }), createNessieRecords({ uri: nessieUri, branch })];
  });
});
