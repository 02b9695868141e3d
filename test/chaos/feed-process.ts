/** A feed in a process of its own, which can be killed and paused: real feed, real store, real mailbox. */
import { z } from 'zod';
import { createFeed } from '../../src/feed/feed.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { createLog } from '../../src/kit/log.ts';
import { createAnalysesRepository } from '../../src/store/analyses.ts';
import { createCommits } from '../../src/store/commits.ts';
import { createLeases } from '../../src/store/leases.ts';
import { createListedRepository } from '../../src/store/listed.ts';
import { createMarketRepository } from '../../src/store/market.ts';
import { createMembers } from '../../src/store/members.ts';
import { createPost } from '../../src/store/post.ts';
import { connectStore } from '../../src/store/redis.ts';
import { createRulesRepository } from '../../src/store/rules.ts';
import { createSnapshots } from '../../src/store/snapshots.ts';
import { createWeightBudget } from '../../src/store/weight.ts';

const argument = z.object({
  redisPort: z.number(),
  wsUrl: z.string(),
  restUrl: z.string(),
  symbols: z.array(z.string()),
  processId: z.string(),
  timings: z.record(z.string(), z.number()),
});

const { redisPort, timings, ...rest } = argument.parse(JSON.parse(process.argv[2] ?? ''));
const store = connectStore({ type: 'url', url: `redis://127.0.0.1:${redisPort}` }, 'worker');
store.on('error', () => undefined);

const feed = createFeed({
  ...rest,
  // As on the live market, whose trades are never numbered anew.
  source: 'live',
  market: createMarketRepository(store),
  rules: createRulesRepository(store),
  commits: createCommits(store),
  leases: createLeases(store),
  members: createMembers(store),
  snapshots: createSnapshots(store),
  listed: createListedRepository(store),
  analyses: createAnalysesRepository(store),
  post: createPost({ store, connection: store }),
  weight: createWeightBudget(store),
  clock: systemClock,
  log: createLog({ level: 'info', secrets: [], write: (line) => void process.stderr.write(line) }),
  timings,
});

process.on('SIGTERM', () => void feed.stop().then(() => process.exit(0)));
await feed.start();
process.stdout.write('ready\n');
