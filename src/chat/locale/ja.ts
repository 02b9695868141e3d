import type { Catalogue } from './en.ts';
import { ai } from './ja/ai.ts';
import { chat } from './ja/chat.ts';
import { errors } from './ja/errors.ts';
import { market } from './ja/market.ts';
import { menus } from './ja/menus.ts';
import { rules } from './ja/rules.ts';
import { telling } from './ja/telling.ts';

/** Japanese. */
export const ja: Catalogue = { ...menus, ...market, ...ai, ...rules, ...telling, ...chat, ...errors };
