import { createHash } from 'node:crypto';
import type { Picture, Pictures } from '../notice/picture.ts';

/** How many pictures an open page can still load. */
const MOST = 100;

/** Pictures that replies mentioned, until the page fetches them. */
export interface Shelf {
  /** Keeps a picture, as data, and returns the id to fetch it by. */
  put(picture: Picture): string;
  /** Its PNG; undefined: it could not be drawn, or there is nothing to draw. */
  take(id: string): Promise<Buffer | undefined | 'unknown'>;
}

/** Makes a shelf; what lies longest on it falls off first. */
export function createShelf(pictures: Pictures): Shelf {
  const kept = new Map<string, Picture>();
  return {
    put(picture) {
      const id = createHash('sha256').update(JSON.stringify(picture)).digest('hex').slice(0, 32);
      kept.delete(id);
      kept.set(id, picture);
      for (const oldest of kept.keys()) {
        if (kept.size <= MOST) break;
        kept.delete(oldest);
      }
      return id;
    },
    async take(id) {
      const picture = kept.get(id);
      if (!picture) return 'unknown';
      const drawn = await pictures.draw(picture).catch(() => undefined);
      return drawn?.png;
    },
  };
}
