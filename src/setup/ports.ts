import type { ModelKind } from "../core/model.js";

/** A gateway of the SQLMesh project, as its configuration says. */
export interface Gateway {
  /** Empty for the one connection of a project without named gateways. */
  readonly name: string;
  /** `trino`, `duckdb`, … */
  readonly engine: string;
  /** Where SQLMesh keeps its state. */
  readonly stateEngine: string;
  readonly isDefault: boolean;
  /** Null on another engine. */
  readonly trino: TrinoConnection | null;
}

/** Where Trino is and how one signs in; never what with. */
export interface TrinoConnection {
  /** Origin only: `https://trino.example.org`. */
  readonly url: string;
  readonly user: string;
  readonly catalog: string;
  /** As SQLMesh spells it: no-auth, basic, ldap, jwt, certificate, kerberos, oauth. */
  readonly method: string;
  readonly verify: boolean;
  /** Paths of PEM files, as the project writes them. */
  readonly ca: string | null;
  readonly clientCertificate: string | null;
  readonly clientKey: string | null;
}

/** A model and what it says of its own data. */
export interface SurveyedModel {
  readonly name: string;
  readonly kind: ModelKind;
  readonly categories: readonly string[];
  readonly dependsOn: readonly string[];
  readonly audits: readonly string[];
  /** Columns that are unique together, for each way in which the model says so. */
  readonly keys: readonly (readonly string[])[];
  readonly references: readonly string[];
  readonly notNull: readonly string[];
  readonly acceptedValues: readonly AcceptedValues[];
  readonly timeColumn: string | null;
  /** Whether that is a date or time; null where its type is not known without a query. */
  readonly timeIsTemporal: boolean | null;
  /** The longest time between two runs; null where it cannot be told. */
  readonly cadenceSeconds: number | null;
}

export interface AcceptedValues {
  readonly column: string;
  readonly values: readonly (string | number)[];
}

/** SQLMesh, asked about one project. */
export interface Surveyor {
  /** Starts SQLMesh, without loading the project. */
  versions(): Promise<{ readonly sqlmesh: string; readonly python: string }>;
  /** The default one first. */
  gateways(): Promise<readonly Gateway[]>;
  /** Loads the project. @param gateway null for the default one. */
  survey(gateway: string | null): Promise<readonly SurveyedModel[]>;
}

export interface TrinoLook {
  readonly version: string;
  readonly catalogs: readonly { readonly name: string; readonly connector: string }[];
}

export interface NessieLook {
  readonly defaultBranch: string;
  readonly branches: readonly string[];
  readonly tags: readonly string[];
}

/** Somebody at a terminal. @throws PipelineError INTERRUPTED on Ctrl-C. */
export interface Questions {
  /** @param problem what is wrong with an answer; null for nothing. */
  text(question: string, preset: string, problem: (answer: string) => string | null): Promise<string>;
  choice<T>(question: string, choices: readonly Choice<T>[]): Promise<T>;
  /** @param preset what Enter alone means. */
  confirm(question: string, preset: boolean): Promise<boolean>;
  /** Shows something that a question is about. */
  show(text: string): void;
}

export interface Choice<T> {
  readonly value: T;
  readonly label: string;
  readonly note?: string;
}

/** A local stack of this program that is up beside the project. */
export interface LocalServices {
  readonly trinoUrl: string;
  readonly nessieUri: string;
  readonly python: string | null;
}
