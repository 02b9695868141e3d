/** Nano-USD: one billionth of a dollar, always an integer; exact to 9 million dollars. */
export type NanoUsd = number;

const NANO_PER_USD = 1_000_000_000;

/** Dollars (as typed by a person or written in a price table) to nano-USD, rounded to the nearest. */
export function usdToNano(usd: number): NanoUsd {
  return Math.round(usd * NANO_PER_USD);
}

/** Nano-USD as dollars for people: cents from a dollar up, below it up to four significant digits. */
export function formatUsd(nano: NanoUsd): string {
  const usd = nano / NANO_PER_USD;
  if (nano === 0) return '$0.00';
  if (Math.abs(usd) >= 1) return `${usd < 0 ? '-' : ''}$${Math.abs(usd).toFixed(2)}`;
  const decimals = Math.min(9, Math.max(2, 3 - Math.floor(Math.log10(Math.abs(usd)))));
  const digits = Math.abs(usd)
    .toFixed(decimals)
    .replace(/(\.\d\d\d*?)0+$/, '$1');
  return `${usd < 0 ? '-' : ''}$${digits}`;
}
