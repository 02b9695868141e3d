import type { DrawnPicture, History, Picture, Pictures } from '../../src/notice/picture.ts';

/** The smallest picture there is: one pixel. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=',
  'base64',
);

/** A picture of which only matters that there is one. */
export const BARS: Picture = {
  type: 'bars',
  language: 'en',
  words: { title: '', total: '', line: '' },
  bars: [],
  alt: 'a chart',
};

/** A drawn picture of 120 candles. */
export function drawnPicture(history: Partial<History> = {}): DrawnPicture {
  return { png: PNG, history: { from: 0, candles: 120, wanted: 120, ...history } };
}

/** A market of which nothing can be drawn yet. */
export const NO_PICTURES: Pictures = { draw: async () => undefined };

/** Pictures that a test draws itself: `asked` has those wanted so far, `answer` says what becomes of each. */
export function stubPictures(answer: () => Promise<DrawnPicture | undefined> = async () => drawnPicture()) {
  const asked: Picture[] = [];
  const pictures: Pictures = {
    draw(picture) {
      asked.push(picture);
      return answer();
    },
  };
  return { ...pictures, asked };
}
