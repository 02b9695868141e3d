/**
 * Makes the pictures of the READMEs: starts Sheepdog on its simulated market, asks it in English and in Korean as a
 * person does, waits for a bark, and photographs the console and what was sent to Telegram. Run by hand (needs Chromium
 * and an emoji font): `npm run pictures`
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { encodePng } from '../src/charts/png.ts';
import { createChatsRepository } from '../src/store/chats.ts';
import { type BrowserPage, browserProgram, startBrowser } from '../test/console/browser.ts';
import type { FakeChat, FakeMessage, FakeUser } from '../test/world/telegram.ts';
import { bubbles } from './pictures/bubble.ts';
import { type PictureHouse, startPictureHouse } from './pictures/house.ts';
import { spendAWeek } from './pictures/spending.ts';

const FOLDER = join(import.meta.dirname, '../docs/images');
const LANGUAGES = ['en', 'ko'] as const;
type Language = (typeof LANGUAGES)[number];
/** The simulated market moves as much as the real one: a bark may take some minutes. */
const BARK_WITHIN_MS = 15 * 60_000;
/** Of the pictures of a chat: a phone's width, sharp enough for its screen. */
const WIDTH = 460;
const SCALE = 1.5;
const BARK = /^[🔻🔺↕]/u;

if (browserProgram === undefined) throw new Error('no Chromium on this machine');
const house = await startPictureHouse();
const page = await startBrowser(browserProgram);
try {
  const people = await Promise.all(LANGUAGES.map((language) => meet(house, language)));
  for (const person of people) await ask(house, page, person);
  for (const person of people) {
    const bark = await house.telegram.said(person.chat, BARK, BARK_WITHIN_MS);
    const pictured = () => person.chat.messages.filter(({ id, byBot }) => byBot && id >= bark.id);
    await house.telegram.until('its chart', () => pictured().some(({ photo }) => photo), 60_000);
    await photograph(page, `alert.${person.language}.png`, pictured().slice(0, 2));
  }
  await photographConsole(house, page);
} finally {
  await page.close();
  await house.stop();
}

interface Person {
  language: Language;
  user: FakeUser;
  chat: FakeChat;
}

async function meet({ telegram }: PictureHouse, language: Language): Promise<Person> {
  const user = telegram.addUser({ language_code: language });
  const chat = telegram.privateChat(user);
  telegram.say(chat, '/start', user);
  await telegram.said(chat, /Sheepdog/);
  return { language, user, chat };
}

/** All that is answered at once: a rule with its preview, a reading, a week's cost. */
async function ask({ telegram, redis }: PictureHouse, browser: BrowserPage, person: Person): Promise<void> {
  const { language, user, chat } = person;
  const answer = async (line: string, wanted: RegExp): Promise<FakeMessage> => {
    telegram.say(chat, line, user);
    return await telegram.said(chat, wanted, 30_000);
  };
  const photoAfter = async (message: FakeMessage): Promise<FakeMessage> =>
    await telegram.until(
      'a picture',
      () => chat.messages.find(({ id, byBot, photo }) => byBot && photo && id >= message.id),
      30_000,
    );

  // The presets are counted on the week's candles, which the preview needs too.
  await answer('/subscribe btc', /BTCUSDT/);
  const set = await answer('/subscribe btc move 1% 15m', /BTCUSDT[\s\S]*#[a-z0-9]{6}/);
  const preview = set.keyboard.flat().find(({ callback_data }) => /^v1:pv:/.test(callback_data));
  if (!preview) throw new Error(`the confirmation has no preview: ${set.text}`);
  telegram.press(set, preview.callback_data, user);
  const paws = await telegram.said(chat, /🐾/u, 30_000);
  await photograph(browser, `preview.${language}.png`, [await photoAfter(paws)]);

  const reading = await answer('/analyze btc', /BTCUSDT[\s\S]*(?:deepseek|DeepSeek)/);
  const chart = await photoAfter(reading);
  await photograph(browser, `analyze.${language}.png`, reading === chart ? [chart] : [chart, reading]);

  // So near that the market reaches it soon.
  await answer('/subscribe eth move 0.15% 5m', /ETHUSDT[\s\S]*#[a-z0-9]{6}/);
  const address = { platform: 'telegram', chatId: String(chat.id), threadId: '' } as const;
  const store = redis.connect();
  await spendAWeek(store, (await createChatsRepository(store).find(address))?.uid ?? '');
  const cost = await answer('/cost 7d', /\$0\.01/);
  await photograph(browser, `cost.${language}.png`, [await photoAfter(cost)]);
}

/** The console with a price, a rule and its bark. */
async function photographConsole({ sheepdog }: PictureHouse, browser: BrowserPage): Promise<void> {
  await browser.resize(1200, 800, true);
  await browser.open(sheepdog.url);
  await until(browser, 'document.querySelectorAll("#rows tr").length >= 3', 10_000);
  const commands = ['/price btc', '/subscribe eth volatility 0.2% 1m', '/subscribe btc volatility 0.1% 1m'];
  for (const [at, command] of commands.entries()) {
    await browser.evaluate('document.getElementById("line").focus()');
    await browser.type(command);
    await browser.press('Enter');
    await until(browser, `document.querySelectorAll("#log .message:not(.asked)").length > ${at}`, 10_000);
  }
  await until(browser, 'document.querySelector("#alerts .message") !== null', BARK_WITHIN_MS);
  // Its picture may follow.
  await sleep(3_000);
  await browser.screenshot(join(FOLDER, 'console.png'));
  await lighten(join(FOLDER, 'console.png'));
}

async function photograph(
  browser: BrowserPage,
  name: string,
  messages: readonly FakeMessage[],
): Promise<void> {
  const path = join(FOLDER, name);
  await browser.open('about:blank');
  await browser.evaluate(`document.head.innerHTML = '<meta name="viewport" content="width=device-width">'`);
  await browser.evaluate(`document.body.innerHTML = ${JSON.stringify(bubbles(messages))}`);
  await browser.evaluate('Promise.all([...document.images].map((image) => image.decode()))');
  await browser.resize(WIDTH, 100, true, SCALE);
  const height = Number(await browser.evaluate('document.querySelector("main").offsetHeight'));
  await browser.resize(WIDTH, height, true, SCALE);
  await browser.screenshot(path);
  await lighten(path);
}

/** As charts are: a palette makes a drawing a third as large. */
async function lighten(path: string): Promise<void> {
  const image = await loadImage(await readFile(path));
  const { width, height } = image;
  const context = createCanvas(width, height).getContext('2d');
  context.drawImage(image, 0, 0);
  await writeFile(path, encodePng(context.getImageData(0, 0, width, height).data, width, height));
}

/** Waits until an expression is true on the page. */
async function until(browser: BrowserPage, expression: string, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while ((await browser.evaluate(expression)) !== true) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${expression}`);
    await sleep(200);
  }
}
