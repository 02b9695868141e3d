import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { z } from 'zod';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A Chromium on this machine; tests of the page in a browser are skipped without one. */
export const browserProgram = PROGRAMS.find((path) => existsSync(path));

const message = z.object({
  id: z.number().optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ message: z.string() }).optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
});
const evaluated = z.object({
  result: z.object({ value: z.unknown().optional() }),
  exceptionDetails: z.unknown().optional(),
});

/** One page in a headless browser, driven over the DevTools protocol. */
export interface BrowserPage {
  open(url: string): Promise<void>;
  /** Value of a JavaScript expression in the page; promises are awaited. */
  evaluate(expression: string): Promise<unknown>;
  /** Types as a keyboard does, into what has the focus. */
  type(text: string): Promise<void>;
  press(key: 'Enter' | 'ArrowUp'): Promise<void>;
  /** `scale`: pixels of the screen for each of the page's. */
  resize(width: number, height: number, dark: boolean, scale?: number): Promise<void>;
  screenshot(path: string): Promise<void>;
  /** Errors and refusals the page wrote to the browser's log. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Starts a browser of its own with an empty profile. */
export async function startBrowser(program: string): Promise<BrowserPage> {
  const profile = await mkdtemp(join(tmpdir(), 'sheepdog-browser-'));
  const child = spawn(
    program,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const socket = new WebSocket(await debuggerUrl(child));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  const complaints: string[] = [];
  let lastId = 0;
  let session: string | undefined;

  socket.on('message', (data) => {
    const { id, result, error, method, params } = message.parse(JSON.parse(data.toString()));
    if (method === 'Log.entryAdded' || method === 'Runtime.exceptionThrown')
      complaints.push(JSON.stringify(params));
    const waiter = id === undefined ? undefined : waiting.get(id);
    if (!waiter || id === undefined) return;
    waiting.delete(id);
    if (error) waiter.reject(new Error(error.message));
    else waiter.resolve(result ?? {});
  });
  function send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const waiter = Promise.withResolvers<Record<string, unknown>>();
    waiting.set(++lastId, waiter);
    socket.send(JSON.stringify({ id: lastId, method, params, ...(session ? { sessionId: session } : {}) }));
    return waiter.promise;
  }

  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const attached = await send('Target.attachToTarget', { targetId, flatten: true });
  session = z.string().parse(attached.sessionId);
  for (const domain of ['Page', 'Runtime', 'Log']) await send(`${domain}.enable`);

  return {
    complaints,
    async open(url) {
      await send('Page.navigate', { url });
    },
    async evaluate(expression) {
      const answer = evaluated.parse(
        await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }),
      );
      if (answer.exceptionDetails !== undefined) throw new Error(JSON.stringify(answer.exceptionDetails));
      return answer.result.value;
    },
    async type(text) {
      await send('Input.insertText', { text });
    },
    async press(key) {
      const [windowsVirtualKeyCode, text] = key === 'Enter' ? [13, '\r'] : [38, ''];
      const event = { key, code: key, windowsVirtualKeyCode };
      await send('Input.dispatchKeyEvent', {
        type: text ? 'keyDown' : 'rawKeyDown',
        ...event,
        ...(text ? { text } : {}),
      });
      await send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
    },
    async resize(width, height, dark, scale = 1) {
      await send('Emulation.setDeviceMetricsOverride', {
        width,
        height,
        deviceScaleFactor: scale,
        mobile: width < 600,
      });
      await send('Emulation.setEmulatedMedia', {
        features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }],
      });
    },
    async screenshot(path) {
      const { data } = await send('Page.captureScreenshot', { format: 'png' });
      await writeFile(path, Buffer.from(z.string().parse(data), 'base64'));
    },
    async close() {
      socket.terminate();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function debuggerUrl(child: ChildProcess): Promise<string> {
  if (!child.stderr) throw new Error('the browser has no stderr');
  for await (const line of createInterface({ input: child.stderr })) {
    const found = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (found) {
      child.stderr.resume();
      return found;
    }
  }
  throw new Error('the browser did not start');
}
