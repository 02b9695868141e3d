import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ALL_SYMBOLS } from '../../src/alerts/rule.ts';
import { keys, shardOf } from '../../src/store/keys.ts';
import { createLeases } from '../../src/store/leases.ts';
import type { Store } from '../../src/store/redis.ts';
import { createRulesRepository } from '../../src/store/rules.ts';
import { priceRule } from '../feed/support.ts';
import type { TestExchange } from '../world/exchange.ts';

/** Symbols of the simulated market, and a level a little above where each stands still. */
export const LEVELS: Readonly<Record<string, number>> = {
  BTCUSDT: 87_000,
  ETHUSDT: 2_800,
  SOLUSDT: 130,
  XRPUSDT: 2.1,
};

const CHAT = 'chaos';
/** An entry of a mailbox: Redis' time, then the notice. */
const entry = z.object({ eventId: z.string(), late: z.boolean().optional() });

/** A market that crosses known levels, and what must come of it. */
export interface Script {
  readonly symbols: readonly string[];
  /** Sets a rule on each symbol, and one with its level on all; resolves when all of them watch. */
  begin(): Promise<void>;
  /** Moves the symbol's price to the other side of its level, at least so far that the rule fires, or is armed again. */
  cross(symbol: string): void;
  /** Owner of the symbol's shard, as the store knows it. */
  owner(symbol: string): Promise<string | undefined>;
  /** Event ids that must have come by now, of a symbol or of all, each once. */
  expected(symbol?: string): string[];
  /** Event ids in the mailbox, in order. */
  barks(): Promise<string[]>;
  /** What is lost, and what is there that should not be. */
  faults(): Promise<{ lost: string[]; wrong: string[] }>;
  /** Resolves when everything expected is there, or after `ms`. */
  settle(ms: number): Promise<void>;
}

export function createScript(store: Store, exchange: TestExchange, symbols: readonly string[]): Script {
  const rules = createRulesRepository(store);
  const leases = createLeases(store);
  const crossed = new Map<string, { above: boolean; episodes: number }>();
  const ruleOf = (symbol: string) => `rule-${symbol.toLowerCase()}`;
  const onAll = (symbol: string) => `all-${symbol.toLowerCase()}`;
  const levelOf = (symbol: string) => LEVELS[symbol] ?? Number.NaN;
  /** By the symbol's own rule, and by the one on all symbols with its level. */
  const eventsOf = (symbol: string) =>
    [ruleOf(symbol), onAll(symbol)].flatMap((rule) =>
      Array.from({ length: crossed.get(symbol)?.episodes ?? 0 }, (_, i) => `${rule}:${symbol}.${i + 1}`),
    );

  const self: Script = {
    symbols,
    async begin() {
      await Promise.all(
        symbols.map(async (symbol) => {
          const level = levelOf(symbol);
          exchange.market.setPrice(symbol, level * 0.985);
          crossed.set(symbol, { above: false, episodes: 0 });
          const rule = priceRule({
            id: ruleOf(symbol),
            chat: CHAT,
            symbol,
            threshold: level,
            rearm: level * 0.99,
            mode: 'repeat',
          });
          const { commandId } = await rules.save(rule, 100);
          const answer = await rules.awaitAnswer(symbol, commandId, 10_000);
          if (answer?.state !== 'armed') throw new Error(`${symbol}: the rule is ${answer?.state}`);
          await rules.save({ ...rule, id: onAll(symbol), symbol: ALL_SYMBOLS }, 100);
        }),
      );
      const instances = symbols.map((symbol) => ({ id: onAll(symbol), symbol }));
      const phases = async () => [...(await rules.instances(instances)).values()].map(({ phase }) => phase);
      while ((await phases()).filter((phase) => phase === 'armed').length < symbols.length) await sleep(50);
    },
    cross(symbol) {
      const now = crossed.get(symbol);
      if (!now) throw new Error(`no rule watches ${symbol}`);
      now.above = !now.above;
      if (now.above) now.episodes += 1;
      exchange.market.setPrice(symbol, levelOf(symbol) * (now.above ? 1.01 : 0.985));
    },
    async owner(symbol) {
      return (await leases.owners()).get(shardOf(symbol));
    },
    expected: (symbol) => (symbol === undefined ? symbols.flatMap(eventsOf) : eventsOf(symbol)),
    async barks() {
      const entries = await store.lrange(keys.mailbox(CHAT, 'hi'), 0, -1);
      return entries.map((text) => entry.parse(JSON.parse(text.slice(text.indexOf(' ') + 1))).eventId);
    },
    async faults() {
      const expected = new Set(self.expected());
      const wrong: string[] = [];
      for (const event of await self.barks()) if (!expected.delete(event)) wrong.push(event);
      return { lost: [...expected], wrong };
    },
    async settle(ms) {
      const deadline = performance.now() + ms;
      while (performance.now() < deadline && (await self.faults()).lost.length > 0) await sleep(20);
    },
  };
  return self;
}
