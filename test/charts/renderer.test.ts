import { createCanvas, loadImage } from '@napi-rs/canvas';
import { afterEach, describe, expect, it } from 'vitest';
import { createRenderer, type Renderer, type RendererOptions } from '../../src/charts/renderer.ts';
import { CHART_SIZE, type ChartRequest } from '../../src/charts/request.ts';
import { silentLog } from '../../src/kit/log.ts';
import { makePicture, makeRequest, NOON } from './support.ts';

const open: Renderer[] = [];
afterEach(async () => {
  for (const renderer of open.splice(0)) await renderer.close();
});

function start(options: Partial<RendererOptions> = {}): Renderer {
  const renderer = createRenderer({ log: silentLog(), ...options });
  open.push(renderer);
  return renderer;
}

/** The pixels of a PNG, read by another decoder than our own coder. */
async function decode(png: Buffer) {
  const image = await loadImage(png);
  const { width, height } = image;
  const context = createCanvas(width, height).getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const at = (x: number, y: number) => {
    const i = (Math.round(y) * width + Math.round(x)) * 4;
    return [data[i], data[i + 1], data[i + 2]];
  };
  /** Pixels of a region that are not paper. */
  const ink = (left: number, top: number, right: number, bottom: number) => {
    let count = 0;
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) if (at(x, y).some((channel) => channel !== 255)) count++;
    }
    return count;
  };
  return { width, height, at, ink, data };
}

describe('a rendered chart', () => {
  it('has the size it should have, ink in every part, and is light enough for a phone', async () => {
    const png = await start().render(makeRequest());
    const { width, height, ink } = await decode(png);
    expect({ width, height }).toEqual(CHART_SIZE);
    expect(ink(18, 20, 500, 66)).toBeGreaterThan(500); // title
    expect(ink(950, 20, 1190, 66)).toBeGreaterThan(500); // change
    expect(ink(18, 90, 1000, 490)).toBeGreaterThan(10_000); // candles
    expect(ink(18, 545, 1000, 618)).toBeGreaterThan(3_000); // volume
    expect(ink(1070, 90, 1200, 490)).toBeGreaterThan(1_000); // prices
    expect(ink(18, 630, 1000, 670)).toBeGreaterThan(500); // times
    expect(png.length).toBeLessThan(60_000);
  });

  it('shows window, level and trigger where they are', async () => {
    const renderer = start();
    const request = makeRequest();
    const plain = await decode(await renderer.render(request));
    const picture = makePicture({
      window: { from: NOON - 3_600_000, to: NOON },
      level: request.last * 1.001,
      trigger: { time: NOON - 600_000, price: request.last, direction: 'up' },
    });
    const marked = await decode(await renderer.render({ ...request, picture }));
    const isShade = ([r = 0, g = 0, b = 0]: (number | undefined)[]) => r > 240 && g > 230 && b < 225;
    expect(isShade(plain.at(1_020, 95))).toBe(false);
    expect(isShade(marked.at(1_020, 95))).toBe(true);
    const has = (picture: typeof plain, [r, g, b]: readonly number[]) => {
      for (let i = 0; i < picture.data.length; i += 4) {
        if (picture.data[i] === r && picture.data[i + 1] === g && picture.data[i + 2] === b) return true;
      }
      return false;
    };
    for (const colour of [
      [0xb3, 0x5c, 0x00],
      [0x5b, 0x2b, 0xd6],
    ]) {
      expect(has(plain, colour)).toBe(false);
      expect(has(marked, colour)).toBe(true);
    }
  });

  it('has a paw print wherever a rule would have barked, one with a number where they lie on one another', async () => {
    const renderer = start();
    const request = makeRequest({ interval: '1h' }, 168);
    const { candles } = request;
    const drawn = async (paws: { time: number; price: number }[]) => {
      const picture = { ...request.picture, paws };
      return await decode(await renderer.render({ ...request, picture }));
    };
    const pawed = ({ data }: Awaited<ReturnType<typeof drawn>>) => {
      let count = 0;
      for (let i = 0; i < data.length; i += 4) {
        if (data[i] === 0x6b && data[i + 1] === 0x34 && data[i + 2] === 0x10) count++;
      }
      return count;
    };
    const at = (index: number) => {
      const { openTime = 0, high = 0 } = candles[index] ?? {};
      return { time: openTime, price: high };
    };
    const none = pawed(await drawn([]));
    const one = pawed(await drawn([at(40)]));
    const two = pawed(await drawn([at(40), at(120)]));
    const same = pawed(await drawn([at(40), at(40), { time: 0, price: 1 }]));
    expect(none).toBe(0);
    expect(one).toBeGreaterThan(300);
    expect(two).toBeCloseTo(2 * one, -2);
    expect(same).toBeGreaterThan(one);
    expect(same).toBeLessThan(two);
  });

  it('has room for a long title beside its figure', async () => {
    const words = {
      title:
        'BTCUSDT · taker buys or sells of 15 min reach 3× the other side, and at once volume reaches 5× its usual',
      figure: '3 in 24 h · 17 in 7 days',
      volume: '',
      zone: 'UTC',
      source: '',
    };
    const { ink } = await decode(await start().render(makeRequest({ words })));
    const gap = Array.from({ length: 1_164 }, (_, i) => 18 + i).filter((x) => ink(x, 20, x + 12, 66) === 0);
    expect(gap.length).toBeGreaterThan(0);
  });

  it('says across the picture that it is not of the live market', async () => {
    const renderer = start();
    const live = await decode(await renderer.render(makeRequest({ source: 'live' })));
    const simulated = await decode(await renderer.render(makeRequest({ source: 'simulated' })));
    const region = [100, 90, 1_000, 490] as const;
    expect(simulated.ink(...region)).toBeGreaterThan(live.ink(...region) + 20_000);
  });

  it('is drawn of one candle, of one price, and of very small prices', async () => {
    const renderer = start();
    const flat = { openTime: NOON, open: 5, high: 5, low: 5, close: 5, volume: 0 };
    const requests: ChartRequest[] = [
      makeRequest({}, 1),
      { picture: makePicture({ tickSize: 0.001 }), candles: [flat], last: 5 },
      makeRequest({ tickSize: 1e-8, language: 'ko-KR', timezone: 'America/St_Johns' }, 120, 0.0000431),
    ];
    for (const request of requests) {
      const { ink } = await decode(await renderer.render(request));
      expect(ink(0, 0, CHART_SIZE.width, CHART_SIZE.height)).toBeGreaterThan(5_000);
    }
  });
});

describe('rendered bars', () => {
  const bars = (line?: number) => ({
    picture: {
      type: 'bars',
      language: 'ko-KR',
      words: { title: 'AI 비용 · 7일', total: '$0.01', line: '하루 예산: $0.02' },
      bars: [2_000_000, 0, 6_000_000, 2_000_000].map((nano, i) => ({ label: `11월 ${i + 1}일`, nano })),
      ...(line === undefined ? {} : { line }),
      alt: '',
    } as const,
  });
  const isLimit = (picture: Awaited<ReturnType<typeof decode>>, y: number) => {
    for (let x = 20; x < 200; x++) if (picture.at(x, y)[0] === 0xb3) return true;
    return false;
  };

  it('stand for the days, as high as the money, the last one hollow', async () => {
    const { at, width, height } = await decode(await start().render(bars()));
    expect({ width, height }).toEqual(CHART_SIZE);
    const isBar = (x: number, y: number) => at(x, y)[2] === 0x9e;
    const middles = [0.5, 1.5, 2.5, 3.5].map((i) => 18 + i * 265);
    expect(middles.map((x) => isBar(x, 590))).toEqual([true, false, true, false]);
    const heightAt = (x: number) =>
      Array.from({ length: 480 }, (_, i) => 600 - i).filter((y) => isBar(x, y)).length;
    const [first = 0, , third = 0] = middles.map(heightAt);
    expect(third / first).toBeCloseTo(3, 0);
  });

  it('have the limit among them where it is near, and above them where it is far', async () => {
    const renderer = start();
    const near = await decode(await renderer.render(bars(8_000_000)));
    const far = await decode(await renderer.render(bars(800_000_000)));
    const none = await decode(await renderer.render(bars()));
    const rows = Array.from({ length: 400 }, (_, i) => 110 + i);
    expect(rows.some((y) => isLimit(near, y))).toBe(true);
    expect(rows.some((y) => isLimit(far, y))).toBe(false);
    expect(far.ink(18, 70, 400, 106)).toBeGreaterThan(none.ink(18, 70, 400, 106) + 300);
  });
});

describe('the worker', () => {
  const worker = new URL('./dying-worker.ts', import.meta.url);
  const ask = (renderer: Renderer, title: string) =>
    renderer.render(makeRequest({ words: { title, volume: '', zone: '', source: '' } }, 1));
  const drawn = Buffer.from([1, 2, 3]);

  it('is replaced when it dies; only the chart that it was drawing is lost', async () => {
    const renderer = start({ worker });
    for (const death of ['exit', 'throw']) {
      const lost = ask(renderer, death);
      const next = ask(renderer, 'draw');
      await expect(lost).rejects.toMatchObject({ name: 'ChartError', reason: 'crashed', remedy: 'retry' });
      expect(await next).toEqual(drawn);
    }
  });

  it('that fails to draw says so and goes on', async () => {
    const renderer = start({ worker });
    await expect(ask(renderer, 'fail')).rejects.toMatchObject({ reason: 'failed' });
    expect(await ask(renderer, 'draw')).toEqual(drawn);
  });

  it('that hangs is replaced at the deadline', async () => {
    const renderer = start({ worker, deadlineMs: 1_000 });
    await expect(ask(renderer, 'hang')).rejects.toMatchObject({ reason: 'late' });
    expect(await ask(renderer, 'draw')).toEqual(drawn);
  });

  it('has a bounded queue', async () => {
    const renderer = start({ worker, maxWaiting: 2 });
    const taken = [ask(renderer, 'draw'), ask(renderer, 'draw'), ask(renderer, 'draw')];
    await expect(ask(renderer, 'draw')).rejects.toMatchObject({ reason: 'busy', remedy: 'wait' });
    expect(await Promise.all(taken)).toEqual([drawn, drawn, drawn]);
  });

  it('ends with the renderer; what waits is told', async () => {
    const renderer = start({ worker });
    const hanging = ask(renderer, 'hang');
    const waiting = ask(renderer, 'draw');
    const told = Promise.all([
      expect(hanging).rejects.toMatchObject({ reason: 'closed' }),
      expect(waiting).rejects.toMatchObject({ reason: 'closed' }),
    ]);
    await renderer.close();
    await told;
    await expect(ask(renderer, 'draw')).rejects.toMatchObject({ reason: 'closed' });
  });
});
