import type { Gateway, SurveyedModel } from "../setup/ports.js";
import type { WireGateway, WireSurveyedModel } from "./protocol.js";
import { categoriesOf } from "./translate.js";

export function toGateway(wire: WireGateway): Gateway {
  const { name, engine, state_engine: stateEngine, is_default: isDefault, trino } = wire;
  if (trino === null) return { name, engine, stateEngine, isDefault, trino };
  const { scheme, host, port, client_certificate: clientCertificate, client_key: clientKey, ...same } = trino;
  const url = new URL(`${scheme}://${host}:${port}`).origin;
  return { name, engine, stateEngine, isDefault, trino: { ...same, url, clientCertificate, clientKey } };
}

export function toSurveyedModel(wire: WireSurveyedModel): SurveyedModel {
  const { name, kind, tags, audits, keys, references } = wire;
  return {
    name,
    kind,
    categories: categoriesOf(tags),
    dependsOn: wire.depends_on,
    audits,
    keys,
    references,
    notNull: wire.not_null,
    acceptedValues: wire.accepted_values,
    timeColumn: wire.time_column,
    timeIsTemporal: wire.time_is_temporal,
    cadenceSeconds: wire.cadence_seconds,
  };
}
