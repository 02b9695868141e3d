import { z } from 'zod';

const time = z.object({ serverTime: z.number() });

/** Can the live market be reached from here? Undefined: yes; else why not, in a few words. */
export async function whyNotLive(restUrl: string, timeoutMs = 3_000): Promise<string | undefined> {
  try {
    const response = await fetch(`${restUrl}/fapi/v1/time`, {
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
    });
    if (response.status === 451) return 'the exchange does not serve this location (HTTP 451)';
    if (!response.ok) return `the exchange answered HTTP ${response.status}`;
    return time.safeParse(await response.json()).success
      ? undefined
      : 'the exchange gave an answer that is not its own';
  } catch {
    return 'the exchange cannot be reached from here';
  }
}
