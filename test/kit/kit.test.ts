import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/kit/duration.ts';
import { createLog, createRedactor } from '../../src/kit/log.ts';
import { formatUsd, usdToNano } from '../../src/kit/money.ts';

describe('durations', () => {
  it.each([
    ['30s', 30_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ])('reads and writes %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(formatDuration(ms)).toBe(text);
  });

  it.each(['', '0m', '-1m', '1', '1w', '1e3m', '1.5h', '9999999m'])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('money', () => {
  it.each([
    [0, '$0.00'],
    [0.000436, '$0.000436'],
    [0.0003128, '$0.0003128'],
    [6.3, '$6.30'],
    [0.3, '$0.30'],
    [-2, '-$2.00'],
  ])('shows %d dollars as %s', (usd, text) => {
    expect(formatUsd(usdToNano(usd))).toBe(text);
  });
});

describe('the log', () => {
  const token = `123456789:${'A'.repeat(35)}`;

  it('lets no secret out: known values, and whatever looks like a token', () => {
    const lines: string[] = [];
    const log = createLog({ level: 'info', secrets: ['hunter2hunter2'], write: (line) => lines.push(line) });
    const error = new Error(`connect https://api.telegram.org/bot${token}/sendMessage`);
    log.error({ err: error, url: 'redis://user:pa55word@host' }, 'failed with hunter2hunter2');
    log.info({ url: 'https://discord.com/api/webhooks/1234567/abcDEF-ghi_jkl' }, 'Bearer sk-abcdefghijk');
    const out = lines.join('');
    expect(out).toContain('[redacted]');
    expect(out).not.toMatch(/A{30}|hunter2|pa55word|abcDEF|sk-abc/);
  });

  it('keeps what is no secret', () => {
    expect(createRedactor([])('BTCUSDT moved 2% at 12:03:04')).toBe('BTCUSDT moved 2% at 12:03:04');
  });
});
