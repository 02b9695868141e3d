import type { Catalogue } from './en.ts';
import { ai } from './ko/ai.ts';
import { chat } from './ko/chat.ts';
import { errors } from './ko/errors.ts';
import { market } from './ko/market.ts';
import { menus } from './ko/menus.ts';
import { rules } from './ko/rules.ts';
import { telling } from './ko/telling.ts';

/** Korean. */
export const ko: Catalogue = { ...menus, ...market, ...ai, ...rules, ...telling, ...chat, ...errors };
