import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { DrawnPicture, Picture, Pictures } from './picture.ts';

/** What there is of a picture when patience ends. */
export interface Waited {
  /** Ready; undefined: not yet, or there is none. */
  drawn: DrawnPicture | undefined;
  /** What comes of it after that; resolves with undefined when it is ready already, or nothing comes. */
  later: Promise<DrawnPicture | undefined>;
}

/** Waits at most `ms` for a picture, so that its text never waits longer. Never rejects: a failure is only logged. */
export async function waitForPicture(
  pictures: Pictures,
  picture: Picture,
  ms: number,
  log: Log,
): Promise<Waited> {
  const drawing = pictures.draw(picture).catch((error: unknown) => {
    log.warn({ picture: picture.words.title, error: describeError(error) }, 'a picture was not drawn');
    return undefined;
  });
  const done = new AbortController();
  const isDone = drawing.then(() => true);
  const isLate = delay(ms, done.signal).then(
    () => false,
    () => true,
  );
  const ready = await Promise.race([isDone, isLate]);
  done.abort();
  if (!ready) return { drawn: undefined, later: drawing };
  return { drawn: await drawing, later: Promise.resolve(undefined) };
}
