/** Stands in for the chart worker: does with each request what its title says. */
import { parentPort } from 'node:worker_threads';
import type { ChartRequest } from '../../src/charts/request.ts';

parentPort?.on('message', ({ picture }: ChartRequest) => {
  const { title } = picture.words;
  if (title === 'exit') process.exit(3);
  if (title === 'throw') throw new Error('out of ink');
  if (title === 'fail') parentPort?.postMessage({ error: 'Error: no paper' });
  if (title === 'draw') parentPort?.postMessage({ png: new Uint8Array([1, 2, 3]) });
  if (title === 'hang') for (;;);
});
