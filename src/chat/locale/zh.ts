import type { Catalogue } from './en.ts';
import { ai } from './zh/ai.ts';
import { chat } from './zh/chat.ts';
import { errors } from './zh/errors.ts';
import { market } from './zh/market.ts';
import { menus } from './zh/menus.ts';
import { rules } from './zh/rules.ts';
import { telling } from './zh/telling.ts';

/** Chinese, simplified. */
export const zh: Catalogue = { ...menus, ...market, ...ai, ...rules, ...telling, ...chat, ...errors };
