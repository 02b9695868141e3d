/** The worker thread's side: draws one chart after another and hands its bytes over. */
import { parentPort } from 'node:worker_threads';
import { createCanvas } from '@napi-rs/canvas';
import { describeError } from '../kit/errors.ts';
import { drawBars } from './bars.ts';
import { drawChart } from './draw.ts';
import { createFonts } from './fonts.ts';
import { encodePng } from './png.ts';
import type { RenderAnswer } from './renderer.ts';
import { CHART_SIZE, type DrawRequest } from './request.ts';

if (!parentPort) throw new Error('worker.ts runs only as a worker thread');
const port = parentPort;
const fonts = createFonts();
const { width, height } = CHART_SIZE;
// One for all charts: each paints over the last, and the memory outside of the heap does not pile up.
const context = createCanvas(width, height).getContext('2d');

port.on('message', (request: DrawRequest) => {
  port.postMessage(answer(request));
});

function answer(request: DrawRequest): RenderAnswer {
  try {
    if ('candles' in request) drawChart(request, context, fonts);
    else drawBars(request, context, fonts);
    return { png: encodePng(context.getImageData(0, 0, width, height).data, width, height) };
  } catch (error) {
    return { error: describeError(error) };
  }
}
