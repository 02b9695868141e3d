import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkBinanceRest, checkBinanceStreams } from '../../../src/tools/doctor/binance.ts';
import { ManualClock } from '../../support/clock.ts';
import { startTestExchange, type TestExchange } from '../../world/exchange.ts';

describe('the doctor, asking Binance', () => {
  let exchange: TestExchange;
  beforeEach(async () => {
    exchange = await startTestExchange();
  });
  afterEach(() => exchange.close());

  it('finds the time, the symbols and data on both routes', async () => {
    expect(await checkBinanceRest(exchange.restUrl)).toMatchObject([
      { outcome: 'ok', detail: expect.stringMatching(/clock off by -?\d+ ms/) },
      { outcome: 'ok', detail: expect.stringMatching(/^12 USDT coin perpetuals trading, of \d+ symbols/) },
    ]);
    expect(await checkBinanceStreams(exchange.wsUrl)).toMatchObject([
      { outcome: 'ok', name: 'binance /market' },
      { outcome: 'ok', name: 'binance /public' },
    ]);
  });

  it('tells a clock that is wrong', async () => {
    const late = await startTestExchange({ clock: new ManualClock(Date.now() - 60_000), automatic: false });
    const [clock] = await checkBinanceRest(late.restUrl);
    await late.close();
    expect(clock).toMatchObject({
      outcome: 'warn',
      detail: expect.stringMatching(/off by (59\.\d|60\.\d) s/),
    });
  });

  it('tells a route that acknowledges and stays silent', async () => {
    exchange.silentAck('btcusdt@depth20@100ms');
    expect(await checkBinanceStreams(exchange.wsUrl, 1_500)).toMatchObject([
      { outcome: 'ok' },
      { outcome: 'fail', detail: 'btcusdt@depth20@100ms was accepted but is silent: wrong route or blocked' },
    ]);
    expect(exchange.sockets).toBeLessThanOrEqual(2);
  });

  it.each([
    [451, /location is refused/, /where Binance Futures is offered/],
    [403, /firewall/, /wait some minutes/],
    [418, /banned/, /wait 120 s/],
    [429, /used up/, /wait 17 s/],
  ] as const)('explains HTTP %i', async (status, detail, remedy) => {
    exchange.refuse(status);
    const findings = [
      ...(await checkBinanceRest(exchange.restUrl)),
      ...(await checkBinanceStreams(exchange.wsUrl)),
    ];
    expect(findings).toHaveLength(3);
    for (const one of findings) {
      expect(one).toMatchObject({ outcome: 'fail', detail: expect.stringMatching(detail) });
      expect(one.remedies.join('\n')).toMatch(remedy);
    }
  });

  it('says that nothing was reached', async () => {
    const { restUrl, wsUrl } = exchange;
    await exchange.close();
    const findings = [...(await checkBinanceRest(restUrl)), ...(await checkBinanceStreams(wsUrl))];
    expect(findings.map((one) => one.detail)).toEqual(Array(3).fill(expect.stringMatching(/ECONNREFUSED/)));
  });
});
