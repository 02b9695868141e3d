import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRenderer, type Renderer } from '../src/charts/renderer.ts';
import type { ChartRequest } from '../src/charts/request.ts';
import { silentLog } from '../src/kit/log.ts';
import { makeRequest } from '../test/charts/support.ts';
import type { Bench, BenchResult } from './model.ts';
import { percentile } from './percentile.ts';

const WARM_UP = 10;
const CHARTS = 50;

export const benches: readonly Bench[] = [
  { name: 'chart.render', run: () => withRenderer(render) },
  { name: 'chart.loop', run: () => withRenderer(loop) },
];

async function withRenderer<T>(run: (renderer: Renderer) => Promise<T>): Promise<T> {
  const renderer = createRenderer({ log: silentLog() });
  try {
    for (let i = 0; i < WARM_UP; i++) await renderer.render(nth(i));
    return await run(renderer);
  } finally {
    await renderer.close();
  }
}

/** Charts of 120 candles with volume and words in Korean, each of other prices. */
function nth(i: number): ChartRequest {
  return makeRequest(
    {
      language: 'ko-KR',
      timezone: 'Asia/Seoul',
      words: { title: 'BTCUSDT · 15분', volume: '거래량, USDT', zone: 'KST', source: 'SIMULATED 모의 시장' },
      source: i % 2 === 0 ? 'live' : 'simulated',
    },
    120,
    60_000 + i * 137,
  );
}

/** From the request to the PNG in the main thread's hands, one after another. */
async function render(renderer: Renderer): Promise<BenchResult> {
  const times: number[] = [];
  for (let i = 0; i < CHARTS; i++) {
    const at = performance.now();
    await renderer.render(nth(i));
    times.push(performance.now() - at);
  }
  return { name: 'chart.render', value: percentile(times, 0.95), unit: 'ms p95' };
}

/** How late the main thread's timers are while 50 charts that were asked for at once are drawn; its own tick of 1 ms counts. */
async function loop(renderer: Renderer): Promise<BenchResult> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  await sleep(100);
  delays.reset();
  await Promise.all(Array.from({ length: CHARTS }, (_, i) => renderer.render(nth(i))));
  delays.disable();
  return { name: 'chart.loop', value: Number((delays.percentile(99) / 1e6).toFixed(2)), unit: 'ms p99' };
}
