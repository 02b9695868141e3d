import { describe, expect, it, vi } from 'vitest';
import type { Console } from '../../src/console/console.ts';
import { createConsoleSender } from '../../src/console/sender.ts';
import type { Notice } from '../../src/notice/notice.ts';
import { keys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/redis.ts';
import { makePicture } from '../charts/support.ts';
import { PNG, stubPictures } from '../support/pictures.ts';
import type { TestRedis } from '../support/redis.ts';
import { type Behind, CHAT, NOW, useConsole } from './house.ts';
import { brief, call, feedHealth, readEvents, type StubChat } from './support.ts';

let redis: TestRedis;
let store: Store;
let console: Console;
let chat: StubChat;
let behind: Behind;
useConsole((parts) => {
  ({ redis, store, console, chat, behind } = parts);
});

function notice(eventId: string): Notice {
  return { type: 'feed', eventId, state: 'degraded', since: 0, until: undefined };
}

describe('the stream', () => {
  it('shows the symbols in use, stale ones marked, in the reader’s numbers', async () => {
    behind.health = feedHealth(NOW, ['BTCUSDT', '币安人生USDT', 'OLDUSDT']);
    behind.briefs = new Map([
      ['BTCUSDT', brief('BTCUSDT', NOW - 400)],
      ['OLDUSDT', brief('OLDUSDT', NOW - 6_000, { day: undefined, fundingRate: undefined, tickSize: 0.01 })],
    ]);
    const [event] = await readEvents(console.url, (events) => events.length >= 1, {
      'accept-language': 'en',
    });
    expect(event).toEqual({
      event: 'market',
      id: undefined,
      data: {
        source: 'simulated',
        feed: 'live',
        more: 0,
        rows: [
          {
            symbol: 'BTCUSDT',
            last: '68,392.5',
            change5m: { text: '+0.25%', sign: 1 },
            change24h: { text: '-1.50%', sign: -1 },
            volatility5m: '0.50%',
            funding: { text: '+0.0100%', sign: 1 },
            age: 0,
            stale: false,
          },
          expect.objectContaining({ symbol: '币安人生USDT', last: null, age: null, stale: true }),
          expect.objectContaining({
            symbol: 'OLDUSDT',
            last: '68,392.50',
            change24h: null,
            age: 6,
            stale: true,
          }),
        ],
      },
    });
  });

  it('says when no feed runs or nothing arrives, and what market it is about', async () => {
    const marketOf = async () => (await readEvents(console.url, (events) => events.length >= 1)).at(0)?.data;
    expect(await marketOf()).toMatchObject({ source: 'simulated', feed: 'none', rows: [] });
    behind.briefs = new Map([['BTCUSDT', brief('BTCUSDT', NOW)]]);
    behind.health = feedHealth(NOW, ['BTCUSDT'], NOW - 10);
    expect(await marketOf()).toMatchObject({ feed: 'blind', rows: [{ stale: true }] });
    behind.health = feedHealth(NOW - 60_000, ['BTCUSDT']);
    expect(await marketOf()).toMatchObject({ feed: 'none', rows: [{ stale: true }] });
  });

  it('delivers a notice to an open page, and again to one that is reloaded', async () => {
    const stream = readEvents(console.url, (events) => events.some(({ event }) => event === 'notice'));
    const outcome = await console.sender.send(CHAT, [notice('e1')], {
      nonce: 'n1',
      silent: false,
      mayRepeat: false,
    });
    expect(outcome).toEqual({ type: 'sent', messageId: expect.stringMatching(/^\d+-\d+$/) });
    const shown = (await stream).find(({ event }) => event === 'notice');
    expect(shown).toMatchObject({
      id: outcome.type === 'sent' ? outcome.messageId : '',
      data: {
        text: [{ type: 'title', line: [{ b: 'e1' }, ' barked'] }],
        buttons: [[{ label: 'Why', action: 'v1:why:abc234' }]],
      },
    });
    const again = await readEvents(console.url, (events) => events.length >= 1);
    expect(again[0]).toEqual(shown);
    // A page that comes back tells what it has.
    const [first] = await readEvents(console.url, (events) => events.length >= 1, {
      'last-event-id': shown?.id ?? '',
    });
    expect(first?.event).toBe('market');
  });

  it('shows the chart of an alert below its words, as it was when it was told, and keeps it through every change', async () => {
    const { send, edit } = createConsoleSender({
      store,
      chat,
      pictures: { draw: (p) => behind.pictures.draw(p) },
    });
    chat.picture = makePicture();
    const sent = await send(CHAT, [notice('e1')], { nonce: 'n1', silent: false, mayRepeat: false });
    const id = sent.type === 'sent' ? sent.messageId : '';
    const edition = { notices: [notice('e1')], form: 'barks', mayRepeat: false, words: false } as const;
    const additions = [{ what: 'picture', of: 'e1' }] as const;
    const path = `/api/notices/${id}/picture`;
    expect(await edit(CHAT, id, { ...edition, additions, pictured: undefined })).toMatchObject({
      undrawn: true,
    });
    expect((await call(console.port, path)).status).toBe(404);

    const drawing = stubPictures();
    behind.pictures = drawing;
    expect(await edit(CHAT, id, { ...edition, additions, pictured: undefined })).toEqual({
      type: 'edited',
      pictured: 'in',
    });
    expect(await edit(CHAT, id, { ...edition, notices: [notice('e2')], additions, pictured: 'in' })).toEqual({
      type: 'edited',
      pictured: 'in',
    });
    expect(drawing.asked).toHaveLength(1);
    const events = await readEvents(console.url, (seen) => seen.some(({ event }) => event === 'market'));
    const shown = events.filter(({ event }) => event === 'notice').map(({ data }) => data);
    const picture = { url: path, alt: makePicture().alt };
    expect(shown.slice(-2)).toMatchObject([
      { replaces: id, picture },
      { replaces: id, picture },
    ]);
    expect(shown.at(0)).not.toHaveProperty('picture');
    const answer = await fetch(`${console.url}${path}`);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(PNG);
    expect((await call(console.port, '/api/notices/..%2F1/picture')).status).toBe(404);
  });

  it('shows a batch once, however often it is sent, and keeps the newest 200', async () => {
    const sender = createConsoleSender({ store, chat });
    const send = (nonce: string) =>
      sender.send(CHAT, [notice(nonce)], { nonce, silent: false, mayRepeat: true });
    const first = await send('same');
    expect(await send('same')).toEqual(first);
    expect(await store.xlen(keys.consoleOut)).toBe(1);
    for (let i = 0; i < 205; i++) await send(`n${i}`);
    expect(await store.xlen(keys.consoleOut)).toBe(200);
  });

  it('passes over entries that it does not understand', async () => {
    await store.xadd(keys.consoleOut, '*', 'nonce', 'x', 'message', '{"text":[{"type":"html"}]}');
    await store.xadd(keys.consoleOut, '*', 'other', 'y');
    await console.sender.send(CHAT, [notice('good')], { nonce: 'n', silent: false, mayRepeat: false });
    const events = await readEvents(console.url, (seen) => seen.some(({ event }) => event === 'market'));
    expect(events.filter(({ event }) => event === 'notice')).toHaveLength(1);
  });

  it('lets twenty pages in and no more, and ends them when it closes', async () => {
    const open = await Promise.all(Array.from({ length: 20 }, () => fetch(`${console.url}/api/events`)));
    expect(open.every(({ status }) => status === 200)).toBe(true);
    expect((await fetch(`${console.url}/api/events`)).status).toBe(503);
    await open[0]?.body?.cancel();
    await vi.waitFor(async () => {
      const { status, body } = await fetch(`${console.url}/api/events`);
      await body?.cancel();
      expect(status).toBe(200);
    });
    const rest = open.slice(1).map((response) => response.text().catch(() => 'cut'));
    await console.close();
    await Promise.all(rest);
  });

  it('reports a store that is gone as not sent', async () => {
    const dead = redis.connect('request');
    dead.disconnect();
    const outcome = await createConsoleSender({ store: dead, chat }).send(CHAT, [notice('e')], {
      nonce: 'n',
      silent: false,
      mayRepeat: false,
    });
    expect(outcome).toMatchObject({ type: 'not-sent', scope: 'bot' });
  });
});
