import { everyEffectOf } from "./crash-recovery.js";
import type { Crash } from "./crash-warehouse.js";
import {
  type Aftermath,
  inOrder as left,
  type Publishing,
  PublishingWarehouse,
  TRIES,
} from "./publishing-warehouse.js";

export type { Publishing } from "./publishing-warehouse.js";

export interface Death extends Aftermath {
  readonly died: boolean;
}

export const inOrder: Death = { died: true, ...left };

/** Publishers that die on their way, one after the other. */
export class PublishingCrashes {
  private constructor(private readonly warehouse: PublishingWarehouse) {}

  /** @param schema of its own on the stack */
  static async build(schema: string): Promise<PublishingCrashes> {
    return new PublishingCrashes(await PublishingWarehouse.build(schema));
  }

  /** Everything by which a publication, or a way back, acts. */
  async effectsOf(publishing: Publishing): Promise<readonly string[]> {
    const { args, main } = await this.warehouse.undertake(publishing);
    const run = await this.warehouse.run(args);
    if (run.exitCode !== 0) throw new Error(`${args.join(" ")} ended with ${run.exitCode}\n${run.stderr}`);
    await this.warehouse.publish(main);
    return run.effects();
  }

  /** All moments at which the death of the command line can make a difference. */
  async every(publishing: Publishing): Promise<readonly Crash[]> {
    return everyEffectOf(await this.effectsOf(publishing)).filter(({ victim }) => victim === "cli");
  }

  /** Dies there, looks as readers do, and publishes again. */
  async die(publishing: Publishing, crash: Crash, tries = TRIES): Promise<Death> {
    const undertaking = await this.warehouse.undertake(publishing);
    const died = await this.warehouse.run(undertaking.args, { crash });
    // Where the moment is the last one, the command has done what it was asked.
    const hasCome = (await died.effects()).includes(`${crash.when} ${crash.effect}`);
    if (!hasCome && died.exitCode === 0 && tries > 1) {
      await this.warehouse.publishAnother();
      return this.die(publishing, crash, tries - 1);
    }
    return {
      died: died.signal === "SIGKILL" || hasCome,
      ...(await this.warehouse.aftermathOf(undertaking)),
    };
  }

  remove(): Promise<void> {
    return this.warehouse.remove();
  }
}
