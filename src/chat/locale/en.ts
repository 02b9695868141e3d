import { ai } from './en/ai.ts';
import { chat } from './en/chat.ts';
import { errors } from './en/errors.ts';
import { market } from './en/market.ts';
import { menus } from './en/menus.ts';
import { rules } from './en/rules.ts';
import { telling } from './en/telling.ts';

/** English, and the shape that every other language fills: a missing key there fails the type check. */
export const en = { ...menus, ...market, ...ai, ...rules, ...telling, ...chat, ...errors };

export type Catalogue = typeof en;
