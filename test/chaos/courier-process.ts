/** A courier in a process of its own, which can be killed: real courier, real queue, the real way to Telegram. */
import { z } from 'zod';
import { createCourier } from '../../src/courier/courier.ts';
import type { CourierLimits } from '../../src/courier/limits.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { createLog } from '../../src/kit/log.ts';
import { createChatsRepository } from '../../src/store/chats.ts';
import { createLimiter } from '../../src/store/limiter.ts';
import { createMailbox } from '../../src/store/mailbox.ts';
import { createPost } from '../../src/store/post.ts';
import { connectStore, type StoreAddress } from '../../src/store/redis.ts';
import { createTelegramSender } from '../../src/telegram/sender.ts';
import { REPEAT_MARK } from './platform.ts';

const options = z.object({
  redisPort: z.number(),
  apiRoot: z.string(),
  /** Between two messages of the whole bot, and of one chat, ms. */
  rates: z.object({ allMs: z.number(), chatMs: z.number() }).default({ allMs: 4, chatMs: 50 }),
  /** As in production; else all times of it are shorter. */
  patient: z.boolean().default(false),
});

const SHORT_TIMES: Partial<CourierLimits> = {
  mergeMax: 4,
  pausedRecheckMs: { hi: 300, lo: 300 },
  tryAfterMs: Array.from({ length: 100 }, () => 300),
  outageRestMs: 300,
  resendAfterMs: 50,
  resendAtMostMs: 500,
  resendMax: 20,
  takeoverMs: 1_500,
  sweepMs: 500,
  lockMs: 1_500,
  stalledCheckMs: 500,
};

const { redisPort, apiRoot, rates, patient } = options.parse(JSON.parse(process.argv[2] ?? ''));
const address: StoreAddress = { type: 'url', url: `redis://127.0.0.1:${redisPort}` };
const log = createLog({
  level: patient ? 'error' : 'warn',
  secrets: [],
  write: (line) => void process.stderr.write(line),
});

const store = connectStore(address, 'worker');
store.on('error', () => undefined);

const courier = createCourier({
  address,
  mailbox: createMailbox(store),
  chats: createChatsRepository(store),
  limiter: createLimiter(store),
  senders: [
    createTelegramSender({
      token: '7654321:AAF-not-a-real-token-only-for-loopback-tests',
      apiRoot,
      timeoutSeconds: patient ? 15 : 1,
      chat: {
        // The events themselves, so that the platform can tell which it has.
        present: (notices, _chat, mayRepeat, { additions = [] } = {}) => ({
          text: [
            ...notices.map(({ eventId }) => eventId),
            ...additions.map(({ what, of }) => `${what}:${of}`),
            ...(mayRepeat ? [REPEAT_MARK] : []),
          ].map((line) => ({ type: 'text', line: [line] })),
          buttons: [],
        }),
      },
    }),
  ],
  post: createPost({ store, connection: store }),
  clock: systemClock,
  log,
  rates: {
    telegram: {
      all: { intervalMs: rates.allMs, burst: 1 },
      chat: () => ({ intervalMs: rates.chatMs, burst: 5 }),
    },
  },
  limits: patient ? {} : SHORT_TIMES,
});

process.on('SIGTERM', () => void courier.close().then(() => process.exit(0)));
await courier.start();
process.stdout.write('ready\n');
