import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Starts a real courier in a process of its own, on this Redis and platform; resolves when it delivers. Rates in ms a message. */
export async function startBenchCourier(
  redis: { url: string },
  platform: { apiRoot: string },
  rates: { allMs: number; chatMs: number },
): Promise<ChildProcess> {
  const courier = spawn(
    process.execPath,
    [
      join(import.meta.dirname, '../test/chaos/courier-process.ts'),
      JSON.stringify({
        redisPort: Number(new URL(redis.url).port),
        apiRoot: platform.apiRoot,
        rates,
        patient: true,
      }),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(courier.stdout, 'data');
  return courier;
}
