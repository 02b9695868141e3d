import { ROLES, type Role } from '../config.ts';
import { ConfigError } from '../kit/errors.ts';

/** What the command line asks for. */
export interface Arguments {
  /** Undefined: every role. */
  roles: Role[] | undefined;
  /** Fall back to a simulated market where the live one cannot be reached. */
  demo: boolean;
  /** Recorded frames to replay instead of a market. */
  tapes: string[];
  /** How many times faster than recorded. */
  speed: number;
}

/** Reads the command line: role names, `--demo`, `--tape FILE…`, `--speed N`. Throws ConfigError with every fault. */
export function parseArguments(argv: readonly string[]): Arguments {
  const faults: string[] = [];
  const roles: Role[] = [];
  const tapes: string[] = [];
  let demo = false;
  let speed = 1;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word === '--demo') demo = true;
    else if (word === '--tape') {
      while (argv[i + 1] !== undefined && !argv[i + 1]?.startsWith('--')) tapes.push(argv[++i] ?? '');
      if (tapes.length === 0) faults.push('--tape: needs at least one file (.jsonl or .jsonl.gz)');
    } else if (word === '--speed') {
      speed = Number(argv[++i]);
      if (!(speed > 0 && speed <= 1_000_000)) faults.push('--speed: needs a number above 0, such as 10');
    } else if (isRole(word)) roles.push(word);
    else
      faults.push(
        `"${word.slice(0, 40)}": not a role (${ROLES.join(' ')}) nor an option (--demo --tape --speed)`,
      );
  }
  if (tapes.length === 0 && argv.includes('--speed')) faults.push('--speed: goes with --tape only');
  if (faults.length > 0) throw new ConfigError(faults);
  return { roles: roles.length > 0 ? [...new Set(roles)] : undefined, demo, tapes, speed };
}

function isRole(word: string): word is Role {
  return (ROLES as readonly string[]).includes(word);
}
