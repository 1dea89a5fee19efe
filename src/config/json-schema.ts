import { jsonSchemaOf, type SchemaNode } from "./keys.js";
import { fileSchema } from "./schema.js";

/**
 * JSON Schema (draft 2020-12) of `oso-pipeline.yaml`, for editors. What only a rule can say, such as "min or max
 * must be given", is not in it.
 */
export const configSchema = (): SchemaNode => ({ title: "oso-pipeline.yaml", ...jsonSchemaOf(fileSchema) });
