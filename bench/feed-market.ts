import { z } from 'zod';

/** What the sender of frames and the feed's benchmarks agree on. */

/** What the sending worker is told. */
export const senderOptions = z.object({
  frames: z.number(),
  symbols: z.number(),
  /** Streams of each symbol and how many shares of the frames are theirs. */
  mix: z.array(z.tuple([z.string(), z.number()])),
  /** Event time of the first frame, Unix ms, and frames in a second of market time. */
  start: z.number(),
  marketPerSecond: z.number(),
  /** Absent: as fast as the sockets take them. When each frame was written is left in `sentAt`, Unix ms. */
  pace: z.object({ perSecond: z.number(), sentAt: z.instanceof(SharedArrayBuffer) }).optional(),
});
export type SenderOptions = z.infer<typeof senderOptions>;

export const FIRST_ID = 3_391_740_215;

/** Name of the nth symbol. */
export function symbolAt(index: number): string {
  return index === 0 ? 'BTCUSDT' : `COIN${index}USDT`;
}

/** Every stream of a mix. */
export function streamsOf({ symbols, mix }: Pick<SenderOptions, 'symbols' | 'mix'>): string[] {
  return Array.from({ length: symbols }, (_, index) =>
    mix.map(([stream]) => `${symbolAt(index).toLowerCase()}@${stream}`),
  ).flat();
}
