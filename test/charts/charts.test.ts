import { afterEach, describe, expect, it } from 'vitest';
import { type Charts, createCharts } from '../../src/charts/charts.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Candle } from '../../src/market/events.ts';
import { makeBrief } from '../desk/brief.ts';
import { ManualClock } from '../support/clock.ts';
import { makeMinutes, makePicture, NOON } from './support.ts';

const open: Charts[] = [];
afterEach(async () => {
  for (const charts of open.splice(0)) await charts.close();
});

/** Charts over a market that is told what to say; `reads` counts how often candles were asked for. */
function start(options: { minutes?: Candle[]; worker?: URL } = {}) {
  const clock = new ManualClock(NOON);
  const house = { minutes: options.minutes ?? makeMinutes(1_500), reads: 0 };
  const charts = createCharts({
    market: {
      async candles(_symbol, from) {
        house.reads += 1;
        return house.minutes.filter(({ openTime }) => openTime >= from);
      },
      brief: async (symbol) => makeBrief({ symbol, time: NOON }),
    },
    clock,
    log: silentLog(),
    keepMs: 10_000,
    ...(options.worker ? { worker: options.worker } : {}),
  });
  open.push(charts);
  return { charts, clock, house };
}

describe('charts', () => {
  it('are drawn once for all who ask for the same within seconds', async () => {
    const { charts, clock, house } = start();
    const [first, second] = await Promise.all([charts.draw(makePicture()), charts.draw(makePicture())]);
    expect(second).toBe(first);
    clock.advanceBy(9_000);
    expect(await charts.draw(makePicture())).toBe(first);
    expect(house.reads).toBe(1);
    clock.advanceBy(1_000);
    expect(await charts.draw(makePicture())).not.toBe(first);
    await charts.draw(makePicture({ timezone: 'Asia/Seoul' }));
    expect(house.reads).toBe(3);
  });

  it('that were drawn ahead for an answer are shown with it, however long it took, and nobody else', async () => {
    const { charts, clock, house } = start();
    const picture = makePicture();
    const ahead = await charts.draw(picture);
    clock.advanceBy(20_000);
    expect(await charts.draw(picture)).toBe(ahead);
    expect(house.reads).toBe(1);
    expect(await charts.draw(makePicture())).not.toBe(ahead);
  });

  it('say how much history they show', async () => {
    const { charts } = start();
    expect(await charts.draw(makePicture({ interval: '5m' }))).toMatchObject({
      history: { candles: 120, wanted: 120, from: NOON - 119 * 300_000 },
    });
    expect(await charts.draw(makePicture({ interval: '1h' }))).toMatchObject({
      history: { candles: 25, from: NOON - 24 * 3_600_000 },
    });
  });

  it('show as much time as is asked for', async () => {
    const { charts } = start();
    expect(await charts.draw(makePicture({ interval: '1h', span: 7 * 86_400_000 }))).toMatchObject({
      history: { candles: 25, wanted: 168 },
    });
  });

  it('are none while there are no candles, and that is asked again', async () => {
    const { charts, house } = start({ minutes: [] });
    expect(await charts.draw(makePicture())).toBeUndefined();
    house.minutes = makeMinutes(30);
    expect(await charts.draw(makePicture({ interval: '1m' }))).toMatchObject({ history: { candles: 30 } });
    expect(await charts.draw(makePicture())).toBeDefined();
  });

  it('that failed are not remembered', async () => {
    const { charts, house } = start({ worker: new URL('./dying-worker.ts', import.meta.url) });
    const picture = makePicture({ words: { title: 'exit', volume: '', zone: '', source: '' } });
    await expect(charts.draw(picture)).rejects.toMatchObject({ reason: 'crashed' });
    await expect(charts.draw(picture)).rejects.toMatchObject({ reason: 'crashed' });
    expect(house.reads).toBe(2);
  });
});
