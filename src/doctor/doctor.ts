import type { Outcome } from "../core/outcome.js";
import { concluded, type DoctorResult } from "./diagnosis.js";
import { examine, type Examination } from "./examine.js";
import { factsOf } from "./facts.js";
import { files } from "./files.js";
import { notifications } from "./notifications.js";
import type { DoctorParts } from "./ports.js";
import { project } from "./project.js";
import { readers } from "./readers.js";
import { releasesAndTags } from "./releases.js";
import { rights } from "./rights.js";
import { secrets } from "./secrets.js";
import { services } from "./services.js";
import { viewsOfMain } from "./views.js";
import { work } from "./work.js";

/** Looks at every assumption that publishing rests on. Changes nothing but what it has made itself. */
export class Doctor {
  constructor(private readonly parts: DoctorParts) {}

  /** @throws PipelineError INTERRUPTED, or what the signal was aborted with */
  async diagnose(
    signal: AbortSignal,
    { sendTest = false }: DiagnosisOptions = {},
  ): Promise<Outcome<DoctorResult>> {
    return concluded(await examine(examinations(this.parts, { sendTest }), signal));
  }
}

export interface DiagnosisOptions {
  /** Sends a test to everybody who is told of alerts, and so disturbs people. */
  readonly sendTest?: boolean;
}

/** All there are; what others need comes before them. */
export function examinations(
  parts: DoctorParts,
  { sendTest = false }: DiagnosisOptions = {},
): readonly Examination[] {
  const facts = factsOf(parts);
  return [
    ...services(parts, facts),
    secrets(parts),
    ...project(parts),
    ...readers(parts, facts),
    ...releasesAndTags(parts, facts),
    viewsOfMain(parts, facts),
    ...work(parts),
    ...files(parts, facts),
    ...rights(parts, facts),
    notifications(parts, sendTest),
  ];
}
