/**
 * Makes the README's picture: starts the demo on its simulated market, sets alerts on the page as a person does, waits
 * for a bark and photographs the console. Run by hand (needs Chromium and an emoji font): `npx node bench/picture.ts`
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { browserProgram, startBrowser } from '../test/console/browser.ts';

const PICTURE = join(import.meta.dirname, '../docs/images/alert.png');
const COMMANDS = ['/price btc', '/subscribe eth volatility 0.2% 1m', '/subscribe btc volatility 0.1% 1m'];
/** The simulated market moves as much as the real one: a bark may take some minutes. */
const BARK_WITHIN_MS = 10 * 60_000;

const logLine = z.object({ url: z.string().optional(), msg: z.string() });

if (browserProgram === undefined) throw new Error('no Chromium on this machine');
const dataDir = await mkdtemp(join(tmpdir(), 'sheepdog-picture-'));
const demo = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts'), '--demo'], {
  // Nothing listens there, so that the demo takes its simulated market wherever this runs.
  env: {
    PATH: process.env.PATH,
    DATA_DIR: dataDir,
    CONSOLE_PORT: '0',
    BINANCE_REST_URL: 'http://127.0.0.1:9',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const browser = await startBrowser(browserProgram);
try {
  let url = '';
  for await (const line of createInterface({ input: demo.stdout })) {
    const said = logLine.parse(JSON.parse(line));
    if (said.url !== undefined) url = said.url;
    if (said.msg === 'the feed is ready') break;
  }
  demo.stdout.resume();
  await browser.resize(1200, 800, true);
  await browser.open(url);
  await until('document.querySelectorAll("#rows tr").length >= 3', 10_000);
  for (const [at, command] of COMMANDS.entries()) {
    await browser.evaluate('document.getElementById("line").focus()');
    await browser.type(command);
    await browser.press('Enter');
    await until(`document.querySelectorAll("#log .message:not(.asked)").length > ${at}`, 10_000);
  }
  await until('document.querySelector("#alerts .message") !== null', BARK_WITHIN_MS);
  await browser.screenshot(PICTURE);
} finally {
  await browser.close();
  demo.kill('SIGTERM');
  await new Promise((resolve) => demo.once('close', resolve));
  await rm(dataDir, { recursive: true, force: true });
}

/** Waits until an expression is true on the page. */
async function until(expression: string, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while ((await browser.evaluate(expression)) !== true) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${expression}`);
    await sleep(200);
  }
}
