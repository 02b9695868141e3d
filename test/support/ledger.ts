import type { LedgerEntry, Reservation } from '../../src/store/budget.ts';

/** What one call came to that was reserved so: all of it, unless it is said otherwise. */
export function makeEntry(of: Reservation, change: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    id: of.id,
    at: 0,
    payer: of.payer,
    model: 'deepseek/deepseek-chat-v3-0324',
    servedModel: undefined,
    symbol: 'BTCUSDT',
    promptTokens: 600,
    cachedTokens: 0,
    completionTokens: 80,
    costNano: of.amountNano,
    estimated: false,
    outcome: 'ok',
    priceTable: 'test',
    ...change,
  };
}
