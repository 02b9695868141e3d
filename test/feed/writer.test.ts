import { describe, expect, it, vi } from 'vitest';
import { ShardWriter, type WriterDeps } from '../../src/feed/writer.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Commits, Transition } from '../../src/store/commits.ts';

const transition = (
  episode: number,
  fired?: Transition['fired'],
  instance = 'abc234:BTCUSDT',
): Transition => ({
  instance,
  state: { phase: fired ? 'fired' : 'armed', since: 0, lastFire: 0, episode, suppressed: 0, deferred: false },
  fired,
});

/** The writer looks at nothing of what it brings into the outbox. */
const BARK: Transition['fired'] = {
  chat: 'chat-1',
  notice: { type: 'feed', eventId: 'e', state: 'degraded', since: 0, until: undefined },
};

function setUp(commit: Commits['commit']) {
  const stop = new AbortController();
  const deps = {
    commits: { commit },
    log: silentLog(),
    signal: stop.signal,
    mayWrite: vi.fn(() => true),
    onCommitted: vi.fn(),
    onLost: vi.fn(),
  } satisfies WriterDeps;
  const writer = new ShardWriter(3, 7, deps);
  const push = (episode: number) =>
    writer.push({ symbol: 'BTCUSDT', cursor: String(episode), transitions: [transition(episode)] });
  return { writer, push, deps, stop };
}

describe('a shard’s writer', () => {
  it('writes in order, one after another, under its epoch', async () => {
    const written: string[] = [];
    let busy = 0;
    const { writer, push, deps } = setUp(async (shard, epoch, symbol, cursor) => {
      expect(++busy).toBe(1);
      await new Promise(setImmediate);
      busy -= 1;
      written.push([shard, epoch, symbol, cursor].join(' '));
      return 1;
    });
    push(1);
    writer.push({
      symbol: 'ETHUSDT',
      cursor: '2',
      transitions: [transition(1, undefined, 'abc234:ETHUSDT')],
    });
    push(3);
    expect(writer.waiting).toBe(3);
    await writer.idle();
    expect(written).toEqual(['3 7 BTCUSDT 1', '3 7 ETHUSDT 2', '3 7 BTCUSDT 3']);
    expect(writer.waiting).toBe(0);
    expect(deps.onCommitted).toHaveBeenCalledTimes(3);
  });

  it('brings an arrear and what goes with it in one piece, however long it takes to pack', async () => {
    const written: unknown[] = [];
    const { writer } = setUp(async (_shard, _epoch, _symbol, cursor, transitions, arrears) => {
      written.push([cursor, transitions.length, [...(arrears ?? [])]]);
      return 0;
    });
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    const push = (cursor: string, count: number, packed?: Promise<Buffer>) =>
      writer.push({
        symbol: 'BTCUSDT',
        cursor,
        transitions: Array.from({ length: count }, (_, i) =>
          transition(1, BARK, `rule${cursor}${i}:BTCUSDT`),
        ),
        ...(packed ? { arrear: { id: '17', packed } } : {}),
      });
    push('before', 0, promise);
    push('after', 300);
    expect(writer.waiting).toBe(301);
    const packed = Buffer.from('packed');
    resolve(packed);
    await writer.idle();
    expect(written).toEqual([['after', 300, [['17', packed]]]]);
    expect(writer.waiting).toBe(0);
  });

  it('keeps what the store does not take, and loses nothing', async () => {
    const written: string[] = [];
    let failures = 2;
    const { writer, push } = setUp(async (_shard, _epoch, _symbol, cursor) => {
      if (failures-- > 0) throw new Error('OOM command not allowed');
      written.push(cursor);
      return 0;
    });
    push(1);
    push(2);
    await writer.idle();
    expect(written).toEqual(['1', '2']);
  });

  it('keeps of a long outage every bark, and of the rest each instance’s newest state', async () => {
    const written: Transition[] = [];
    let cursors = '';
    let down = true;
    const { writer } = setUp(async (_shard, _epoch, _symbol, cursor, transitions) => {
      if (down) throw new Error('OOM command not allowed');
      expect(transitions.length).toBeLessThanOrEqual(200);
      written.push(...transitions);
      cursors = cursor;
      return 0;
    });
    const ROUNDS = 20_000;
    for (let episode = 1; episode <= ROUNDS; episode++) {
      const transitions = [transition(episode, episode % 100 === 0 ? BARK : undefined), transition(episode)];
      writer.push({ symbol: 'BTCUSDT', cursor: String(episode), transitions });
    }
    expect(writer.waiting).toBeLessThan(300);
    expect(writer.stalled).toBe(false);
    down = false;
    await writer.idle();
    expect(written.flatMap((each) => (each.fired ? [each.state.episode] : []))).toEqual(
      Array.from({ length: ROUNDS / 100 }, (_, i) => (i + 1) * 100),
    );
    expect(written.at(-1)?.state).toMatchObject({ episode: ROUNDS, phase: 'armed' });
    expect(cursors).toBe(String(ROUNDS));
    expect(writer.waiting).toBe(0);
  });

  it('drops everything once another feed owns the shard', async () => {
    const { writer, push, deps } = setUp(async () => 'lost');
    push(1);
    push(2);
    await writer.idle();
    expect(deps.onLost).toHaveBeenCalledWith(3);
    expect(writer.waiting).toBe(0);
    push(3);
    expect(writer.waiting).toBe(0);
  });

  it('writes nothing while its lease is in doubt, and what has come of it afterwards', async () => {
    const written: string[] = [];
    const { writer, push, deps } = setUp(async (_shard, _epoch, _symbol, cursor) => {
      written.push(cursor);
      return 0;
    });
    deps.mayWrite.mockReturnValue(false);
    push(1);
    push(2);
    await vi.waitFor(() => expect(deps.mayWrite.mock.calls.length).toBeGreaterThan(2));
    expect(written).toEqual([]);
    deps.mayWrite.mockReturnValue(true);
    await writer.idle();
    expect(written).toEqual(['2']);
    expect(writer.waiting).toBe(0);
  });

  it('stops trying when its time is up', async () => {
    const { writer, push, stop } = setUp(async () => {
      throw new Error('down');
    });
    push(1);
    stop.abort(new Error('stopped'));
    await writer.idle();
    expect(writer.waiting).toBe(1);
  });
});
