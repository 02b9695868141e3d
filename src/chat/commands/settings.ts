import { UserError } from '../../kit/errors.ts';
import type { Button, Reply } from '../../notice/text.ts';
import { LOCALES, SOUNDS } from '../../store/chat-model.ts';
import type { ChatChange } from '../../store/chats.ts';
import { packAction } from '../actions.ts';
import type { Action, Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { formatsFor } from '../format.ts';
import { catalogueOf } from '../locale/index.ts';
import { meaningOf } from '../resolve/words.ts';
import { findZones } from '../resolve/zone.ts';
import { requireAdmin } from '../target.ts';
import { rowsOf } from './buttons.ts';
import {
  LANGUAGE_NAMES,
  languageScreen,
  SOUND_FIELDS,
  settingsScreen,
  soundScreen,
  ZONES_PER_PAGE,
  zoneButton,
  zoneScreen,
} from './settings-screens.ts';

/** `/settings [language ko | tz Asia/Seoul | alerts silent | reports off]`: the chat's own wishes, as a screen of buttons. */
export const settings: Command = {
  definition: define('settings'),
  async run(context, call) {
    const [field, ...rest] = call.words;
    if (field === undefined) return settingsScreen(context);
    return await typed(context, field, rest.join(' '));
  },
};

/** `v1:set[:language|tz|sound[:<value>]]`; all screens take the place of the one before. */
export const pressSettings: Action = async (context, [screen, value, more]) => {
  const reply = await pressed(context, screen, value, more);
  return reply && { ...reply, replace: true };
};

async function pressed(
  context: Context,
  screen: string | undefined,
  value: string | undefined,
  more: string | undefined,
): Promise<Reply | undefined> {
  switch (screen) {
    case undefined:
      return settingsScreen(context);
    case 'language': {
      const locale = LOCALES.find((each) => each === value);
      return locale ? await change(context, { locale }) : languageScreen(context);
    }
    case 'tz': {
      if (value === undefined || /^\d$/.test(value)) return zoneScreen(context, Number(value ?? 0));
      const [zone] = findZones(value, 1).zones;
      return zone === undefined ? undefined : await change(context, { timezone: zone });
    }
    case 'sound': {
      const field = SOUND_FIELDS.find(([name]) => name === value)?.[1];
      const sound = SOUNDS.find((each) => each === more);
      if (field === undefined || sound === undefined) return soundScreen(context);
      return soundScreen(await changed(context, { [field]: sound }));
    }
    default:
      return undefined;
  }
}

/** A setting in words, for those who type and for channels, under whose posts there are no buttons. */
async function typed(context: Context, field: string, value: string): Promise<Reply> {
  switch (meaningOf(field)) {
    case 'language': {
      if (value === '') return languageScreen(context);
      const wanted = value.toLowerCase();
      const locale = LOCALES.find((each) => each === wanted || LANGUAGE_NAMES[each].toLowerCase() === wanted);
      if (!locale) throw new UserError('language-unknown', { word: value });
      return await change(context, { locale });
    }
    case 'timezone': {
      if (value === '') return zoneScreen(context, 0);
      return await typedZone(context, value);
    }
    case 'alerts':
    case 'reports': {
      const name = meaningOf(field);
      const key = SOUND_FIELDS.find(([each]) => each === name)?.[1];
      const sound = SOUNDS.find((each) => each === meaningOf(value));
      if (key === undefined || sound === undefined) throw new UserError('sound-unknown', { word: value });
      return await change(context, { [key]: sound });
    }
    default:
      throw new UserError('setting-unknown', { word: field });
  }
}

async function typedZone(context: Context, value: string): Promise<Reply> {
  const { t } = context;
  const { zones, nearest } = findZones(value, ZONES_PER_PAGE);
  const [zone, ...others] = zones;
  if (zone === undefined) throw new UserError('zone-unknown', { word: value, nearest: nearest.join(', ') });
  if (others.length === 0) return await change(context, { timezone: zone });
  return {
    text: [{ type: 'text', line: [t.settings.whichZone] }],
    buttons: [
      ...rowsOf(zones.map((each): Button => zoneButton(context, each))),
      [{ label: `‹ ${t.settings.back}`, action: packAction('set') }],
    ],
    personal: true,
  };
}

async function change(context: Context, wanted: ChatChange): Promise<Reply> {
  return settingsScreen(await changed(context, wanted));
}

/** Changes the chat, and returns the context as it is then: the answer is in the new language and zone already. */
async function changed(context: Context, wanted: ChatChange): Promise<Context> {
  await requireAdmin(context, { chat: context.chat, elsewhere: false, reference: '' });
  const stored = await context.deps.changeChat(context.chat.uid, wanted);
  const chat = { ...context.chat, ...stored, approved: context.chat.approved };
  return {
    ...context,
    chat,
    t: catalogueOf(chat.locale),
    f: formatsFor(chat.locale, chat.timezone),
  };
}
