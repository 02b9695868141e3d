import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLog, type Log } from '../../src/kit/log.ts';

describe('a log in which everything fails again and again', () => {
  let lines: { level: number; msg: string; repeated?: number }[];
  let log: Log;
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_790_000_000_000, toFake: ['Date'] });
    lines = [];
    log = createLog({ level: 'info', secrets: [], write: (line) => lines.push(JSON.parse(line)) });
  });
  afterEach(() => void vi.useRealTimers());
  const passSeconds = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000);
  const fail = (loop = 'briefs') => log.error({ loop, error: 'no space left' }, 'loop step failed');

  it('says the same once in ten seconds, with how often it was left out', () => {
    for (let i = 0; i < 40; i++) {
      fail();
      passSeconds(0.25);
    }
    fail();
    expect(lines.map(({ repeated }) => repeated)).toEqual([undefined, 39]);
    passSeconds(11);
    fail();
    expect(lines.at(-1)).toMatchObject({ level: 50, loop: 'briefs', msg: 'loop step failed' });
    expect(lines.map(({ repeated }) => repeated)).toEqual([undefined, 39, undefined]);
  });

  it('leaves out nothing that differs, and nothing that is no warning', () => {
    fail();
    fail('health');
    log.child({ role: 'feed' }).warn('loop step failed');
    log.warn('loop step failed');
    for (let i = 0; i < 3; i++) log.info('a bark');
    expect(lines).toHaveLength(7);
  });

  it('remembers so many warnings, not all', () => {
    fail();
    for (let i = 0; i < 500; i++) fail(`loop ${i}`);
    fail();
    expect(lines).toHaveLength(502);
  });
});
