import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../src/app/argv.ts';
import { ConfigError } from '../../src/kit/errors.ts';

const NOTHING = { roles: undefined, demo: false, tapes: [], speed: 1 };

describe('the command line', () => {
  it.each([
    ['', NOTHING],
    ['--demo', { ...NOTHING, demo: true }],
    ['feed analyst feed', { ...NOTHING, roles: ['feed', 'analyst'] }],
    ['--tape a.jsonl b.jsonl.gz --speed 20', { ...NOTHING, tapes: ['a.jsonl', 'b.jsonl.gz'], speed: 20 }],
    ['--demo --speed 0.5 --tape a.jsonl', { ...NOTHING, demo: true, tapes: ['a.jsonl'], speed: 0.5 }],
  ])('“%s”', (line, expected) => {
    expect(parseArguments(line.split(' ').filter(Boolean))).toEqual(expected);
  });

  it.each([
    ['sheep --wool', ['"sheep": not a role', '"--wool": not a role']],
    ['--tape --speed 2', ['--tape: needs at least one file']],
    ['--tape a --speed 0', ['--speed: needs a number above 0']],
    ['--tape a --speed', ['--speed: needs a number above 0']],
    ['--tape a --speed fast', ['--speed: needs a number above 0']],
    ['--speed 2', ['--speed: goes with --tape only']],
  ])('names every fault of “%s”', (line, faults) => {
    let caught: unknown;
    try {
      parseArguments(line.split(' '));
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(ConfigError);
    if (!(caught instanceof ConfigError)) return;
    for (const fault of faults) expect(caught.faults.join('\n')).toContain(fault);
  });
});
