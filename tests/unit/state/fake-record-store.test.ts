import { describe } from "vitest";
import { FakeRecordStore } from "../../support/fake-record-store.js";
import { recordStoreContract } from "../../support/record-store-contract.js";

describe("the store that tests use", () => {
  recordStoreContract(async () => {
    const store = new FakeRecordStore();
    return [store.client(), store.client()];
  });
});
