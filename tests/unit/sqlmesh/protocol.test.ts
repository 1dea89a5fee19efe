import { describe, expect, it } from "vitest";
import { parseMessage } from "../../../src/sqlmesh/protocol.js";

describe("a line of the bridge", () => {
  it("is a reply with its result, whatever the result is", () => {
    expect(parseMessage('{"id":3,"result":{"status":"succeeded"}}')).toEqual({
      kind: "reply",
      id: 3,
      result: { status: "succeeded" },
    });
  });

  it("is a refusal with a code of the error table", () => {
    const error = { code: "PROJECT_INVALID", message: "no", hint: null, where: "models/a.sql" };
    expect(parseMessage(JSON.stringify({ id: 3, error }))).toEqual({ kind: "refusal", id: 3, error });
  });

  it("is an event, checked to its leaves", () => {
    expect(parseMessage('{"event":"model-skipped","model":"oso.mart"}')).toEqual({
      kind: "event",
      event: { event: "model-skipped", model: "oso.mart" },
    });
    expect(parseMessage('{"event":"model-skipped","model":7}')).toEqual({ kind: "broken" });
  });

  it("may be an event of a later bridge", () => {
    expect(parseMessage('{"event":"lineage-found","of":"oso.mart"}')).toEqual({ kind: "unknown-event" });
  });

  it.each([
    ["no JSON", "Loading models"],
    ["half a line", '{"id":1,"resul'],
    ["a bare value", "42"],
    ["null", "null"],
    ["neither reply nor event", '{"hello":1}'],
    [
      "both a result and an error",
      '{"id":1,"result":1,"error":{"code":"USAGE","message":"","hint":null,"where":null}}',
    ],
    [
      "an error with a code that is in no table",
      '{"id":1,"error":{"code":"OOPS","message":"","hint":null,"where":null}}',
    ],
    ["an id that is no number", '{"id":"1","result":{}}'],
  ])("is broken when it is %s", (_, line) => {
    expect(parseMessage(line)).toEqual({ kind: "broken" });
  });
});
