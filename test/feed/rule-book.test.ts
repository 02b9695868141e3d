import { expect, it } from 'vitest';
import { createEngine } from '../../src/alerts/engine.ts';
import { RuleBook } from '../../src/feed/rule-book.ts';
import { silentLog } from '../../src/kit/log.ts';
import { priceRule } from './support.ts';

const MINUTE = 60_000;
const FIRED_AT = Date.UTC(2026, 10, 24, 12);
const MISSED_AT = FIRED_AT + 10 * MINUTE;
const PUT_BACK_AT = MISSED_AT + MINUTE;

it('counts a cooldown from the newest firing, also when a missed one before it is told late', () => {
  const { engine } = new RuleBook(createEngine(), silentLog());
  const kept = { since: 0, lastFire: FIRED_AT, episode: 3, suppressed: 0, deferred: false };
  engine.add(priceRule({ mode: 'repeat' }), { phase: 'fired', ...kept });
  const late = engine.fireLate('abc234', 'BTCUSDT', FIRED_AT - MINUTE, 90_500);
  expect(late).toMatchObject([
    { firing: { time: FIRED_AT - MINUTE, episode: 4 }, state: { lastFire: FIRED_AT } },
  ]);
});

it('counts since when a rule is watched by the exchange’s clock, also where that was not known yet when it was taken in', () => {
  let ahead = 0;
  const book = new RuleBook(createEngine(), silentLog(), (wall) => wall - ahead);
  const kept = { since: 0, lastFire: 0, episode: 0, suppressed: 0, deferred: false };
  book.add(priceRule(), { phase: 'armed', ...kept }, PUT_BACK_AT);
  ahead = 5_000;
  const missedAt = PUT_BACK_AT - ahead + 1;
  const missed = book.engine.tick('BTCUSDT', missedAt, 1, () => 90_500);
  expect(book.seen(missed, missedAt)).toEqual(missed);
});

it('keeps the last firing of a rule that was put back, edited twice, after it missed a crossing', () => {
  const book = new RuleBook(createEngine(), silentLog());
  const rule = priceRule({ mode: 'repeat', cooldownMs: 5 * MINUTE });
  const kept = { since: 0, lastFire: FIRED_AT, episode: 3, suppressed: 0, deferred: false };
  book.add(rule, { phase: 'armed', ...kept }, PUT_BACK_AT);
  let seq = 0;
  const tick = (time: number, price: number) => book.engine.tick('BTCUSDT', time, ++seq, () => price);
  const missed = tick(MISSED_AT, 90_500);
  expect(missed).toMatchObject([{ firing: { episode: 4 } }]);
  expect(book.seen(missed, MISSED_AT)).toEqual([]);
  expect(book.engine.state(rule.id, 'BTCUSDT')).toMatchObject({ ...kept, phase: 'init' });
  // So a longer cooldown counts from there.
  book.add({ ...rule, cooldownMs: 60 * MINUTE }, undefined, PUT_BACK_AT);
  const again = [86_000, 90_500].flatMap((price, i) => tick(PUT_BACK_AT + (i + 1) * 1_000, price));
  expect(again.flatMap(({ firing }) => firing ?? [])).toEqual([]);
});
