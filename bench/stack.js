// The stack that `oso-pipeline local demo` has filled, and how to call what works on it.
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseEnv } from "node:util";

/**
 * @typedef {object} Stack
 * @property {string} config
 * @property {NodeJS.ProcessEnv} environment
 * @property {string} nessie its API
 * @property {string} trino its address
 * @property {readonly string[]} ours the command line
 * @property {readonly string[]} sqlmesh its command line
 * @property {readonly string[]} toldSqlmesh the same, telling what it does: see told_sqlmesh.py
 */

/** @returns {Stack} */
export function demoStack(file) {
  const config = resolve(file);
  const folder = dirname(config);
  const settings = parseEnv(readFileSync(join(folder, ".env"), "utf8"));
  const python = settings.OSO_PIPELINE__SQLMESH__PYTHON;
  const project = ["-p", settings.OSO_PIPELINE__SQLMESH__PROJECT, "--log-file-dir", folder];
  return {
    config,
    environment: { ...process.env, ...settings, NO_COLOR: "1" },
    nessie: settings.OSO_PIPELINE__NESSIE__URI,
    trino: settings.OSO_PIPELINE__TRINO__URL,
    ours: [process.execPath, join(import.meta.dirname, "../bin/oso-pipeline.js"), "--config", config],
    sqlmesh: [join(dirname(python), "sqlmesh"), ...project],
    toldSqlmesh: [python, join(import.meta.dirname, "told_sqlmesh.py"), ...project],
  };
}
