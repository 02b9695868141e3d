import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/kit/log.ts';
import { checkRedis } from '../../../src/tools/doctor/redis.ts';
import { startTestRedis, type TestRedis } from '../../support/redis.ts';

describe('the doctor, asking Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterAll(() => redis.stop());

  it('accepts one that keeps everything, and names the settings of one that may not', async () => {
    const config = { store: redis.address, dataDir: '/nonexistent' };
    expect(await checkRedis(config, silentLog())).toMatchObject([{ outcome: 'ok' }]);
    const admin = redis.connect();
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await admin.config('SET', 'appendonly', 'no');
    expect(await checkRedis(config, silentLog())).toMatchObject([
      { outcome: 'fail', remedies: [expect.stringMatching(/maxmemory-policy noeviction/)] },
      { outcome: 'fail', remedies: [expect.stringMatching(/appendonly yes/)] },
    ]);
  });

  it('says which variable to look at when nothing answers', async () => {
    const store = { type: 'url', url: 'redis://:hunter22@127.0.0.1:1' } as const;
    expect(await checkRedis({ store, dataDir: '/nonexistent' }, silentLog())).toMatchObject([
      {
        outcome: 'fail',
        detail: expect.stringMatching(/ECONNREFUSED/),
        remedies: [expect.stringMatching(/REDIS_URL/), expect.anything()],
      },
    ]);
  });
});
