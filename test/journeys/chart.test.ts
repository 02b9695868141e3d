import { createCanvas, loadImage } from '@napi-rs/canvas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Sheepdog } from '../../src/app/process.ts';
import { CHART_SIZE } from '../../src/charts/request.ts';
import { createMarketRepository } from '../../src/store/market.ts';
import { buttonsOf, wordsOf } from '../world/discord.ts';
import { startWorld, type World } from './house.ts';

/** Is this a whole chart: of the right size, and with ink among its candles? */
async function isChart(png: Buffer): Promise<boolean> {
  const image = await loadImage(png);
  const { width, height } = image;
  const context = createCanvas(width, height).getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(100, 100, 800, 380);
  const inked = data.filter((value, i) => i % 4 !== 3 && value !== 255).length;
  return width === CHART_SIZE.width && height === CHART_SIZE.height && inked > 10_000;
}

describe('a chart', () => {
  let world: World;
  let sheepdog: Sheepdog;
  beforeAll(async () => {
    world = await startWorld({ volatility: 0.6 });
    sheepdog = await world.startSheepdog();
  });
  afterAll(() => world.stop());

  it('comes to Telegram as a photo with its words, and another interval takes its place', async () => {
    const person = world.telegram.addUser({ language_code: 'ko' });
    const chat = world.telegram.privateChat(person);
    world.telegram.say(chat, '/chart btc 5분봉', person);
    const message = await world.telegram.said(chat, /BTCUSDT/);
    expect(message.text).toMatch(/5분/);
    expect(message.photo && (await isChart(message.photo.bytes))).toBe(true);

    const before = message.photo?.fileId;
    const hour = message.keyboard.flat().find(({ callback_data }) => callback_data === 'v1:chart:BTCUSDT:1h');
    world.telegram.press(message, hour?.callback_data ?? '', person);
    await world.telegram.until('the other interval', () => message.photo?.fileId !== before);
    expect(message.text).toMatch(/1시간/);
    expect(message.photo && (await isChart(message.photo.bytes))).toBe(true);
  });

  it('that two chats ask for within seconds is uploaded to Telegram once', async () => {
    const people = [world.telegram.addUser(), world.telegram.addUser()];
    const photos = [];
    for (const person of people) {
      const chat = world.telegram.privateChat(person);
      world.telegram.say(chat, '/chart eth 1h', person);
      photos.push((await world.telegram.said(chat, /ETHUSDT/)).photo?.fileId);
    }
    expect(photos[0]).toBeDefined();
    expect(photos[1]).toBe(photos[0]);
  });

  it('comes to Discord as an attachment, and another interval takes its place', async () => {
    const answer = await world.discord.answered(
      world.discord.command('chart', { symbol: 'btc', interval: '1m' }),
    );
    expect(wordsOf(answer)).toMatch(/BTCUSDT.*1 min/);
    expect(answer.files).toBe(1);
    const day = buttonsOf(answer).find(({ custom_id }) => custom_id === 'v1:chart:BTCUSDT:4h');
    world.discord.press(answer, day?.custom_id ?? '');
    await world.discord.waitFor('the other interval', () => /4 hr/.test(wordsOf(answer)));
    expect(answer.files).toBe(1);
    expect(world.discord.violations).toEqual([]);
  });

  it('comes to the console as an image of its own address, which its policy lets in', async () => {
    const response = await fetch(`${sheepdog.url}/api/command`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: '/chart btc' }),
    });
    const { reply } = z
      .object({ reply: z.object({ picture: z.object({ url: z.string(), alt: z.string() }) }) })
      .parse(await response.json());
    expect(reply.picture.alt).toMatch(/BTCUSDT/);
    const picture = await fetch(sheepdog.url + reply.picture.url);
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect(picture.headers.get('content-security-policy')).toMatch(/img-src 'self'/);
    expect(await isChart(Buffer.from(await picture.arrayBuffer()))).toBe(true);
    expect((await fetch(`${sheepdog.url}/api/picture/${'0'.repeat(32)}`)).status).toBe(404);
  });

  it('goes with an analysis, which does not wait for it', async () => {
    world.gateway.always({ type: 'reading' });
    const person = world.telegram.addUser();
    const chat = world.telegram.privateChat(person);
    world.telegram.say(chat, '/analyze btc', person);
    await world.telegram.said(chat, /BTCUSDT/);
    await world.telegram.until('its chart', () => chat.messages.some(({ photo }) => photo !== undefined));
    const answer = await world.discord.answered(world.discord.command('analyze', { symbol: 'eth' }));
    await world.discord.waitFor('its chart', () => answer.files === 1);
  });

  it('follows an alert that has arrived, on either platform', async () => {
    const person = world.telegram.addUser();
    const chat = world.telegram.privateChat(person);
    const channel = world.discord.addChannel(world.discord.guild, { name: 'barks' });
    const brief = await createMarketRepository(world.redis.connect()).brief('BNBUSDT');
    const level = String(Math.round((brief?.last ?? 0) * 1.02));
    world.telegram.say(chat, `/subscribe bnb price ${level}`, person);
    await world.telegram.said(chat, /#[a-z0-9]{6}/);
    await world.discord.answered(
      world.discord.command(
        'subscribe',
        { symbol: 'bnb', kind: 'price', threshold: level },
        { channel, user: world.discord.admin },
      ),
    );
    world.exchange.market.jump('BNBUSDT', 3);

    const bark = await world.telegram.said(chat, /^🔺/u);
    const photo = await world.telegram.until('its chart', () =>
      chat.messages.find((message) => message.photo !== undefined),
    );
    // The words were there first, and carry their chart from then on.
    expect(photo.id).toBe(bark.id);
    expect(photo.text).toMatch(/^🔺 BNB/u);
    expect(photo.photo && (await isChart(photo.photo.bytes))).toBe(true);
    const embed = await world.discord.posted(channel, /BNB/);
    await world.discord.waitFor('its chart', () => embed.files === 1);
    expect(embed.embeds).toMatchObject([{ image: { url: 'attachment://chart.png' } }]);
    expect(wordsOf(embed)).toMatch(/BNB/);
    expect(world.discord.violations).toEqual([]);
  });

  it('of an interval that candles do not come in is answered by those they do', async () => {
    const person = world.telegram.addUser();
    const chat = world.telegram.privateChat(person);
    world.telegram.say(chat, '/chart btc 3m', person);
    const answer = await world.telegram.said(chat, /3m/);
    expect(answer.text).toMatch(/1m, 5m, 15m, 1h, 4h and 1d/);
    expect(answer.text).toMatch(/\/chart BTC 15m/);
  });
});
