import { WINDOW_MS, WINDOWS, type Window } from '../market/brief.ts';
import type { Direction, Preset, RuleKind } from './rule.ts';

/** The words people use for rules, in all four languages. All lower case, in Unicode form NFKC. */

/** A kind by name; some words also say which way. */
export interface KindWord {
  kind: RuleKind;
  direction?: Direction;
}

const KINDS: readonly (readonly [KindWord, readonly string[]])[] = [
  [{ kind: 'volatility' }, ['volatility', '변동성', '변동', '波动', '波动率', '波動', '波動率']],
  [{ kind: 'volatility' }, ['ボラ', 'ボラティリティ', '変動', '変動率']],
  [
    { kind: 'move' },
    ['move', '급등락', '등락', '涨跌', '涨跌幅', '漲跌', '漲跌幅', '値動き', '急変動', '騰落'],
  ],
  [{ kind: 'move', direction: 'up' }, ['급등', '急涨', '急漲', '暴涨', '暴漲', '急騰']],
  [{ kind: 'move', direction: 'down' }, ['급락', '急跌', '暴跌', '急落']],
  [{ kind: 'price' }, ['price', '가격', '价格', '價格', '価格', '값', '值']],
  [{ kind: 'volume' }, ['volume', '거래량', '成交量', '出来高']],
  [{ kind: 'ratio' }, ['ratio', '비율', '매수비율', '买卖比', '買賣比', '売買比率']],
  [
    { kind: 'funding' },
    ['funding', '펀비', '펀딩', '펀딩비', '资金费率', '資金費率', '资金费', '資金調達率'],
  ],
  [{ kind: 'oi' }, ['oi', '미결제', '미결제약정', '持仓', '持仓量', '持倉量', '建玉']],
  [
    { kind: 'liquidation' },
    ['liquidation', 'liquidations', '청산', '爆仓', '爆倉', '强平', '清算', 'ロスカット'],
  ],
  [{ kind: 'sentiment' }, ['sentiment', '심리', '情绪', '情緒', 'センチメント']],
  [{ kind: 'listing' }, ['listing', '상장', '上币', '上幣', '上場']],
];

const PRESET_WORDS: readonly (readonly [Preset, readonly string[]])[] = [
  ['calm', ['calm', '조용', '平静', '平靜', '静か']],
  ['normal', ['normal', '보통', '普通', '正常']],
  ['lively', ['lively', '활발', '活跃', '活躍', '活発']],
];

const MODE_WORDS: readonly (readonly ['once' | 'repeat', readonly string[]])[] = [
  ['once', ['once', '한번', '1회', '一次', '一回']],
  ['repeat', ['repeat', '반복', '重复', '重複', '繰り返し']],
];

/** A word that announces a value after it. */
export type Lead = 'cooldown' | 'for' | 'until' | 'and';

const LEAD_WORDS: readonly (readonly [Lead, readonly string[]])[] = [
  ['cooldown', ['cooldown', '쿨다운', '冷却', 'クールダウン']],
  ['for', ['for', '유지', '持续', '持續', '継続']],
  ['until', ['until', '까지', '直到', 'まで']],
  ['and', ['and', '그리고', '并且', '並且', 'かつ']],
];

const UNITS: readonly (readonly [number, readonly string[]])[] = [
  [1_000, ['s', 'sec', 'second', 'seconds', '초', '秒']],
  [60_000, ['m', 'min', 'mins', 'minute', 'minutes', '분', '分', '分钟', '分鐘', '分間']],
  [3_600_000, ['h', 'hr', 'hour', 'hours', '시간', '时', '小时', '小時', '時間']],
  [86_400_000, ['d', 'day', 'days', '일', '天', '日', '日間']],
];

/** Multipliers behind a number. */
const SCALES: Readonly<Record<string, number>> = {
  k: 1e3,
  m: 1e6,
  b: 1e9,
  천: 1e3,
  만: 1e4,
  억: 1e8,
  千: 1e3,
  万: 1e4,
  萬: 1e4,
  亿: 1e8,
  億: 1e8,
};

const ALL_WORDS = ['all', '전체', '모두', '모든', '전종목', '全部', '所有', '全て', 'すべて', '全銘柄'];

function table<T>(lines: readonly (readonly [T, readonly string[]])[]): ReadonlyMap<string, T> {
  return new Map(lines.flatMap(([value, words]) => words.map((word) => [word, value] as const)));
}

export const kindWords = table(KINDS);
export const presetWords = table(PRESET_WORDS);
export const modeWords = table(MODE_WORDS);
export const leadWords = table(LEAD_WORDS);
/** In place of a symbol. */
export const allWords: ReadonlySet<string> = new Set(ALL_WORDS);
const unitWords = table(UNITS);

/** The form in which words are looked up: NFKC, lower case, with a plain minus sign. */
export function normalise(word: string): string {
  return word.normalize('NFKC').toLowerCase().replace(/[−–]/g, '-');
}

/** A whole number with a unit of time in any language (`5m`, `5분`, `1時間`), in ms; undefined when it is anything else. */
export function parseSpan(word: string): number | undefined {
  const match = /^(\d{1,6})(\D+)$/.exec(word);
  const unit = unitWords.get(match?.[2] ?? '');
  return unit === undefined ? undefined : Number(match?.[1]) * unit;
}

/** The window that lasts `ms`; undefined when there is none. */
export function windowOf(ms: number): Window | undefined {
  return WINDOWS.find((window) => WINDOW_MS[window] === ms);
}

/** What a number with its sign and unit says. `percent` and `plain` carry a value, the others only say what they are. */
export interface Amount {
  unit: 'plain' | 'percent' | 'times' | 'sigma';
  sign: '' | '+' | '-';
  value: number;
  /** Written without a multiplier: `2`, not `2k`. */
  bare: boolean;
}

const AMOUNT = /^([+-]?)\$?((?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,12})?|\.\d{1,12})([^\d\s.,]{0,4})$/u;

/** Reads `1%`, `+2%`, `70000`, `70,000`, `70k`, `7만`, `5x`, `3σ`; undefined when it is none of these. */
export function parseAmount(word: string): Amount | undefined {
  const match = AMOUNT.exec(word);
  if (!match) return undefined;
  const [, sign, digits = '', suffix = ''] = match;
  const number = Number(digits.replaceAll(',', ''));
  const side = sign === '+' || sign === '-' ? sign : '';
  const amount = (unit: Amount['unit'], value = number): Amount => ({
    unit,
    sign: side,
    value,
    bare: suffix === '',
  });
  if (suffix === '') return amount('plain');
  if (suffix === '%') return amount('percent');
  if (suffix === 'x' || suffix === '배' || suffix === '倍') return amount('times');
  if (suffix === 'σ' || suffix === 'sd') return amount('sigma');
  const scale = Object.hasOwn(SCALES, suffix) ? SCALES[suffix] : undefined;
  // Scaled decimals stay as short as they were typed: 1.1k is 1100, not 1100.0000000000002.
  return scale === undefined ? undefined : amount('plain', Number((number * scale).toPrecision(15)));
}

/** Stands behind a number that was written apart from it: `5 분`, `2 %`, `7 만`. */
export function isSuffixWord(word: string): boolean {
  return (
    unitWords.has(word) || ['%', 'x', '배', '倍', 'σ', 'sd'].includes(word) || Object.hasOwn(SCALES, word)
  );
}

/** Is meant as a number, be it a right one or not: `0%`, `1e999`, `%`, `-5`, `1,2,3`; but not a coin as `1000pepe`. */
export function looksNumeric(word: string): boolean {
  if (word.includes('%') || /^\d+e\d+$/.test(word)) return true;
  return /^[+-]?\$?[\d.,]/.test(word) && !/^\d+[a-z][a-z\d/_:-]*$/.test(word);
}
