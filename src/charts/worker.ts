/** The worker thread's side: draws one chart after another and hands its bytes over. */
import { parentPort } from 'node:worker_threads';
import { describeError } from '../kit/errors.ts';
import { drawChart } from './draw.ts';
import { createFonts } from './fonts.ts';
import { encodePng } from './png.ts';
import type { RenderAnswer } from './renderer.ts';
import { CHART_SIZE, type ChartRequest } from './request.ts';

if (!parentPort) throw new Error('worker.ts runs only as a worker thread');
const port = parentPort;
const fonts = createFonts();

port.on('message', (request: ChartRequest) => {
  port.postMessage(answer(request));
});

function answer(request: ChartRequest): RenderAnswer {
  try {
    const { width, height } = CHART_SIZE;
    const context = drawChart(request, fonts).getContext('2d');
    return { png: encodePng(context.getImageData(0, 0, width, height).data, width, height) };
  } catch (error) {
    return { error: describeError(error) };
  }
}
