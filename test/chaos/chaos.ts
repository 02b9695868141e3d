import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chat } from '../../src/store/chat-model.ts';
import { type ChatsRepository, createChatsRepository } from '../../src/store/chats.ts';
import { createDeliveries, type Deliveries } from '../../src/store/deliveries.ts';
import { createMailbox, type Lane } from '../../src/store/mailbox.ts';
import { createPost, type Post } from '../../src/store/post.ts';
import { connectStore, type StoreAddress } from '../../src/store/redis.ts';
import { createRulesRepository, type RulesRepository } from '../../src/store/rules.ts';
import { alert, makeChat, word } from '../courier/support.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { makeRule } from '../support/samples.ts';
import { startCrew } from './crew.ts';
import { type Platform, startPlatform } from './platform.ts';
import { createRandom } from './random.ts';
import { badWeather } from './weather.ts';

/** What came of a run. */
export interface ChaosResult {
  seed: number;
  events: number;
  /** Barks that are in no chat, and reports that are in none though the ledger does not doubt them. */
  lost: number;
  /** Events that are in a chat more than once without saying so, and reports that are there twice at all. */
  doubled: number;
  /** Events of which the ledger cannot be sure: repeated with the mark, or reports left alone. */
  ambiguous: number;
  /** Chats in which an event came before an older one of its lane. */
  disordered: number;
  /** What was to be added to messages of chats that stayed open, and was not. */
  unadded: number;
  /** Chats that were closed or moved, or were not, and not treated so. */
  mistreated: number;
  /** The events that were lost or doubled, and what the ledger says of them. */
  faulty: string[];
  /** What happened, in words: kind → how often. */
  faults: Record<string, number>;
  /** From the end of the faults until nothing waited, ms. */
  settledMs: number;
}

const CHATS = 16;
const COURIERS = 3;
/** The rule that a chat has, whatever befalls it. */
const ruleIn = (uid: string) => createHash('sha256').update(uid).digest('hex').slice(0, 6);
const LONG_MS = 20_000;

interface Expected {
  uid: string;
  lane: Lane;
  eventId: string;
  /** Somebody saw to it, which its message is to say. */
  seen?: boolean;
}

/**
 * Real couriers in processes of their own, a real Redis and the real way to Telegram, among faults of all of them for
 * `ms`; then peace, until nothing waits. Throws when something still waits after a minute of peace.
 */
export async function runChaos(options: {
  seed: number;
  ms: number;
  /** With fewer than five an outage looks like farewells. */
  chats?: number;
  logFile?: string;
}): Promise<ChaosResult> {
  const random = createRandom(options.seed);
  // What a killed Redis had acknowledged and not written would roll back the mailbox and not the observer.
  const redis = await startRedisServer('always');
  const address: StoreAddress = { type: 'socket', path: redis.socketPath };
  const store = connectStore(address, 'worker');
  store.on('error', () => undefined);
  const chats = createChatsRepository(store);
  const rules = createRulesRepository(store);
  const post = createPost({ store, connection: store });
  const mailbox = createMailbox(store);
  let kill = (_crew: number): void => undefined;
  const timers = new Set<NodeJS.Timeout>();
  const platform = await startPlatform({
    random: createRandom(options.seed + 1),
    kill: (crew) => kill(crew),
    forbidden(chatId) {
      // What is not stored for want of memory or disk is made good when peace has come.
      const welcome = () => void letInAgain(platform, chats, chatId).catch(() => undefined);
      timers.add(setTimeout(welcome, random.between(200, 1_500)));
    },
  });
  const crew = await startCrew({
    size: COURIERS,
    redisSocket: redis.socketPath,
    apiRoot: platform.apiRoot,
    restMs: () => random.between(50, 600),
    logFile: options.logFile,
  });
  kill = crew.kill;

  try {
    const all = await Promise.all(
      Array.from({ length: options.chats ?? CHATS }, (_, i) => makeChat(chats, `-${i + 1}`)),
    );
    for (const { uid } of all) await rules.save(makeRule({ id: ruleIn(uid), chat: uid }), 200);
    const expected: Expected[] = [];
    const over = new AbortController();
    setTimeout(() => over.abort(), options.ms);
    // Nobody barks after the last of it: what was refused must find its way by itself.
    setTimeout(() => platform.storm('refusal', 1_000), options.ms - 500);
    const [counts] = await Promise.all([
      badWeather({ random, redis, crew, platform, store, long: options.ms > LONG_MS }, over.signal),
      ...all.map((chat, i) =>
        bark({ chat, post, random: createRandom(options.seed * 1_000 + i), signal: over.signal, expected }),
      ),
    ]);

    platform.hostile = false;
    const peaceAt = Date.now();
    for (;;) {
      for (const { address: there } of await chats.list()) {
        // Nobody else needs to be let in: what an outage paused comes back by itself.
        if (platform.chat(there.chatId).interrupted) await letInAgain(platform, chats, there.chatId);
      }
      const { hi, lo } = await mailbox.waiting();
      if (hi + lo + (await mailbox.amendments.dueCount(Date.now())) === 0) break;
      if (Date.now() - peaceAt > 60_000)
        throw new Error(`seed ${options.seed}: ${hi} and ${lo} chats still wait, or changes do`);
      await sleep(50);
    }
    const settledMs = Date.now() - peaceAt;
    const verdict = await judge({
      expected,
      chats,
      platform,
      deliveries: createDeliveries(store),
    });
    const mistreated = await unlikeBefore({ all, chats, rules, platform });
    const faults = { ...Object.fromEntries(counts), ...Object.fromEntries(platform.counts) };
    return {
      seed: options.seed,
      events: expected.length,
      ...verdict,
      mistreated: mistreated.length,
      faulty: [...verdict.faulty, ...mistreated],
      faults,
      settledMs,
    };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    await crew.stop();
    await post.close().catch(() => undefined);
    store.disconnect();
    await platform.close();
    await redis.stop();
  }
}

/** Tells one chat one thing after another, as a relay does: again until it is surely in the mailbox. */
async function bark(options: {
  chat: Chat;
  post: Post;
  random: ReturnType<typeof createRandom>;
  signal: AbortSignal;
  expected: Expected[];
}): Promise<void> {
  const { chat, post, random, signal, expected } = options;
  for (let n = 0; !signal.aborted; n++) {
    const lane: Lane = random.next() < 0.2 ? 'lo' : 'hi';
    const notice = lane === 'hi' ? alert(n, chat.uid) : { ...word(n), eventId: `report:${chat.uid}.${n}` };
    const told: Expected = { uid: chat.uid, lane, eventId: notice.eventId };
    expected.push(told);
    // Now and then it is told twice, as after a crash of the relay.
    for (let times = random.next() < 0.1 ? 2 : 1; times > 0; ) {
      await post.post(chat.uid, lane, [notice]).then(
        () => times--,
        () => sleep(20),
      );
    }
    // Now and then somebody sees to it.
    if (lane === 'hi' && random.next() < 0.2) {
      const seen = { type: 'amendment', what: 'ack', by: 'anna', at: n, dueAt: 0 } as const;
      const { eventId: of } = notice;
      for (const ack = { ...seen, eventId: `ack:${of}`, of }; !told.seen; ) {
        await post.post(chat.uid, 'am', [ack]).then(
          () => {
            told.seen = true;
          },
          () => sleep(20),
        );
      }
    }
    await sleep(random.between(20, 300));
  }
}

/** Somebody lets the bot into the chat again. */
async function letInAgain(platform: Platform, chats: ChatsRepository, chatId: string): Promise<void> {
  const there = platform.chat(chatId);
  there.forbidden = false;
  for (const id of [chatId, there.id]) {
    const chat = await chats.find({ platform: 'telegram', chatId: id, threadId: '' });
    if (chat?.pausedReason !== undefined) await chats.update(chat.uid, { pausedReason: undefined });
  }
}

/** Chats that are not what they were before all was over: with their rules, at where they are by now, open. */
async function unlikeBefore(options: {
  all: readonly Chat[];
  chats: ChatsRepository;
  rules: Pick<RulesRepository, 'list'>;
  platform: Platform;
}): Promise<string[]> {
  const { all, chats, rules, platform } = options;
  const out: string[] = [];
  for (const { uid, address } of all) {
    const chat = await chats.get(uid);
    const { id } = platform.chat(address.chatId);
    if (chat?.address.chatId !== id) out.push(`not followed: ${uid} to ${id}`);
    if (id !== address.chatId && (await chats.find(address)))
      out.push(`left behind: ${uid} at ${address.chatId}`);
    if (chat?.pausedReason !== undefined) out.push(`still paused: ${uid} (${chat.pausedReason})`);
    if ((await rules.list(uid)).map((rule) => rule.id).join() !== ruleIn(uid)) out.push(`rules lost: ${uid}`);
  }
  return out;
}

async function judge(options: {
  expected: readonly Expected[];
  chats: ChatsRepository;
  platform: Platform;
  deliveries: Deliveries;
}): Promise<Omit<ChaosResult, 'seed' | 'events' | 'mistreated' | 'faults' | 'settledMs'>> {
  const { expected, chats, platform, deliveries } = options;
  const faulty: string[] = [];
  const verdict = { lost: 0, doubled: 0, ambiguous: 0, disordered: 0, unadded: 0, faulty };
  for (const [uid, events] of Map.groupBy(expected, (event) => event.uid)) {
    const chat = await chats.get(uid);
    const firsts: string[] = [];
    const there = chat && platform.chat(chat.address.chatId);
    const taken = there?.taken ?? [];
    const open = there && !there.interrupted ? [...there.messages.values()] : undefined;
    for (const { eventId } of open ? events.filter(({ seen }) => seen) : []) {
      if (open?.some((told) => told.has(eventId) && told.has(`ack:${eventId}`))) continue;
      verdict.unadded += 1;
      faulty.push(`not added: ack:${eventId}`);
    }
    for (const { lane, eventId } of events) {
      const copies = taken.filter((message) => message.events.includes(eventId));
      const unmarked = copies.filter(({ marked }) => !marked).length;
      const told = await deliveries.ofEvent(eventId);
      const outcome = told && (await deliveries.get(told.batch));
      const isLost = copies.length === 0 && !(lane === 'lo' && outcome?.state === 'unknown');
      const isDoubled = unmarked > 1 || (lane === 'lo' && copies.length > 1);
      if (isLost) verdict.lost += 1;
      else if (isDoubled) verdict.doubled += 1;
      else if (copies.length !== 1 || unmarked !== 1) verdict.ambiguous += 1;
      if (isLost || isDoubled)
        faulty.push(`${lane} ${eventId} × ${copies.length}: ${JSON.stringify(outcome)}`);
    }
    for (const message of taken) firsts.push(...message.events.filter((event) => !firsts.includes(event)));
    for (const lane of ['hi', 'lo'] as const) {
      const order = events.filter((event) => event.lane === lane).map(({ eventId }) => eventId);
      const arrived = firsts.filter((event) => order.includes(event));
      if (arrived.join() !== order.filter((event) => arrived.includes(event)).join()) {
        verdict.disordered += 1;
        break;
      }
    }
  }
  return verdict;
}
