export type CrashMoment = "before" | "after";

export declare class CrashPoints {
  constructor(reached: (when: CrashMoment, effect: string) => void);
  around<T>(name: string, act: () => T): T;
  observe<T extends object>(name: string, part: T): T;
  observeRequests(): void;
}

export declare function requestName(method: string, path: string, body?: string): string | null;
export declare function crashPointsOf(environment: NodeJS.ProcessEnv): CrashPoints;
export declare function childrenOf(pid: number): number[];
