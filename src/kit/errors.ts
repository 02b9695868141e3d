/**
 * A mistake of the person who asked: it is shown to him, translated, with one right example.
 * `code` is a key of the message catalogue under `error.`; `args` fills its placeholders.
 */
export class UserError extends Error {
  readonly code: string;
  readonly args: Readonly<Record<string, string | number>>;

  constructor(code: string, args: Readonly<Record<string, string | number>> = {}) {
    super(code);
    this.name = 'UserError';
    this.code = code;
    this.args = args;
  }
}

/** What the caller of an operation that failed outside should do next. */
export type Remedy = 'retry' | 'wait' | 'gone' | 'bug';

/** A failure of something outside (network, platform, gateway, store), with what to do about it. */
export class OperationalError extends Error {
  readonly remedy: Remedy;
  /** For `wait`: how long, in milliseconds. */
  readonly waitMs: number | undefined;

  constructor(remedy: Remedy, message: string, options: { waitMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'OperationalError';
    this.remedy = remedy;
    this.waitMs = options.waitMs;
  }
}

/** A wrong configuration: every fault at once, by variable. The process ends with exit code 78. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`Configuration: ${faults.join('; ')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** What keeps Sheepdog from starting although its configuration is right; the message says what to do about it. */
export class StartError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StartError';
  }
}

/** One line about any thrown value, with its class and code, never its nested objects (they may hold tokens). */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && error.code !== undefined ? ` [${String(error.code)}]` : '';
  return `${error.name}${code}: ${error.message}`;
}
