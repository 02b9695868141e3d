import type { Book } from '../../market/events.ts';
import { isText } from './bytes.ts';
import { Walker } from './walker.ts';

const COMMA = 0x2c;
const OPEN = 0x5b;
const SHUT = 0x5d;
const CLOSE = 0x7d;
const EVENT = Buffer.from('depthUpdate');

type Levels = (readonly [number, number])[];

/** What the scan found: `coin-m` books are in order, but not ours. */
export type ScannedBook = Book | 'coin-m' | undefined;

/** `[["price","quantity"],…]` */
function readLevels(walk: Walker): Levels | undefined {
  const levels: Levels = [];
  if (!walk.take(OPEN)) return undefined;
  if (walk.take(SHUT)) return levels;
  do {
    if (!walk.take(OPEN)) return undefined;
    const price = walk.number(true);
    if (!(price > 0) || !walk.take(COMMA)) return undefined;
    const quantity = walk.number(true);
    if (!(quantity >= 0) || !walk.take(SHUT)) return undefined;
    levels.push([price, quantity]);
  } while (walk.take(COMMA));
  return walk.take(SHUT) ? levels : undefined;
}

/**
 * Reads the best levels straight from the bytes of a combined frame, walking its keys in any order, as `scanAggTrade`
 * does for trades: books are the largest frames of all.
 */
export function scanDepth(frame: Buffer, from: number, symbol: string, symbolBytes: Buffer): ScannedBook {
  const walk = new Walker(frame, from);
  let eventTime = -1;
  let marketType = 1;
  let bids: Levels | undefined;
  let asks: Levels | undefined;
  let named = false;
  let typed = false;
  for (;;) {
    const key = walk.key();
    if (key < 0) return undefined;
    switch (key) {
      case 0x65: // e
        if (!isText(frame, walk.at, EVENT)) return undefined;
        typed = true;
        walk.at += EVENT.length + 2;
        break;
      case 0x73: // s
        if (!isText(frame, walk.at, symbolBytes)) return undefined;
        named = true;
        walk.at += symbolBytes.length + 2;
        break;
      case 0x45: // E
        eventTime = walk.number(false);
        if (!(eventTime >= 0)) return undefined;
        break;
      case 0x7374: // st
        marketType = walk.number(false);
        break;
      case 0x62: // b
        bids = readLevels(walk);
        if (!bids) return undefined;
        break;
      case 0x61: // a
        asks = readLevels(walk);
        if (!asks) return undefined;
        break;
      default:
        if (!walk.skip()) return undefined;
    }
    if (walk.take(COMMA)) continue;
    if (walk.take(CLOSE)) break;
    return undefined;
  }
  if (!walk.take(CLOSE) || walk.at !== frame.length) return undefined;
  if (!typed || !named || eventTime < 0 || !bids || !asks || Number.isNaN(marketType)) return undefined;
  return marketType === 1 ? { symbol, bids, asks, eventTime } : 'coin-m';
}
