import { UserError } from '../../kit/errors.ts';
import type { Button, Reply } from '../../notice/text.ts';
import { LOCALES, SOUNDS } from '../../store/chat-model.ts';
import type { ChatChange } from '../../store/chats.ts';
import { withSound } from '../../store/sounds.ts';
import { packAction } from '../actions.ts';
import type { Action, Answer, Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { formatsFor } from '../format.ts';
import { catalogueOf } from '../locale/index.ts';
import { meaningOf } from '../resolve/words.ts';
import { findZones } from '../resolve/zone.ts';
import { type About, about, requireAdmin, splitReference, splitTail, tail } from '../target.ts';
import { rowsOf } from './buttons.ts';
import {
  barksScreen,
  LANGUAGE_NAMES,
  languageScreen,
  MOST_BARKS,
  roleScreen,
  settingsScreen,
  whoScreen,
  ZONES_PER_PAGE,
  zoneButton,
  zoneScreen,
} from './settings-screens.ts';
import { exists, parseSwitch, SWITCHES, type SwitchName } from './settings-switches.ts';
import { SOUND_KINDS, soundKindFor, soundScreen, soundsAround } from './sound-screens.ts';

/** `/settings [language ko | tz Asia/Seoul | funding silent | …] [@channel]`: a chat's own wishes, as a screen of buttons. */
export const settings: Command = {
  definition: define('settings', [{ name: 'options', words: 'settingsOptions' }, { name: 'channel' }]),
  async run(context, call) {
    const said = [...(call.options.options ?? '').split(/\s+/u).filter(Boolean), ...call.words];
    const { reference, rest } = splitReference(said);
    const there = await about(context, call.options.channel ?? reference);
    const [field, ...value] = rest;
    return field === undefined ? settingsScreen(there) : await typed(there, field, value.join(' '));
  },
};

/** `v1:set[:<screen>[:<value>]][:@<chat>]`; all screens take the place of the one before. */
export const pressSettings: Action = async (context, args) => {
  const { reference, rest } = splitTail(args);
  const [screen, ...values] = rest;
  const reply = await pressed(await about(context, reference), screen, values);
  return reply && { ...reply, replace: true };
};

async function pressed(
  there: About,
  screen: string | undefined,
  [value, more]: readonly string[],
): Promise<Answer | undefined> {
  if (screen === undefined) return settingsScreen(there);
  if (isSwitch(screen)) {
    const isOn = value === 'on' ? true : value === 'off' ? false : undefined;
    return isOn === undefined ? undefined : await turn(there, screen, isOn);
  }
  switch (screen) {
    case 'language': {
      const locale = LOCALES.find((each) => each === value);
      return locale ? await change(there, { locale }) : languageScreen(there);
    }
    case 'tz': {
      if (value === undefined || /^\d$/.test(value)) return zoneScreen(there, Number(value ?? 0));
      const [zone] = findZones(value, 1, there.context.deps.clock.now()).zones;
      return zone === undefined ? undefined : await change(there, { timezone: zone });
    }
    case 'sound': {
      const sound = SOUNDS.find((each) => each === more);
      const kind = SOUND_KINDS.find((each) => each === value);
      if (kind === undefined || sound === undefined) return soundScreen(there, value);
      return soundsAround(await changed(there, withSound(there.target.chat, kind, sound)), kind);
    }
    case 'barks':
      return value === undefined ? barksScreen(there) : await change(there, { barksPerHour: barksOf(value) });
    case 'who':
      return value === undefined
        ? whoScreen(existing(there, 'who'))
        : await change(existing(there, 'who'), { openRules: value === 'everyone' });
    case 'role':
      if (value === undefined) return roleScreen(existing(there, 'role'));
      return await change(existing(there, 'role'), { pingRole: roleOf(value) });
    default:
      return undefined;
  }
}

/** A setting in words, for those who type and for channels, under whose posts there are no buttons. */
async function typed(there: About, field: string, value: string): Promise<Answer> {
  const name = meaningOf(field);
  const meaning = meaningOf(value);
  const kind = soundKindFor(name);
  if (kind !== undefined) {
    if (value === '') return soundScreen(there, kind);
    const sound = SOUNDS.find((each) => each === meaning);
    if (sound === undefined) {
      throw new UserError('sound-unknown', { word: value, example: `/settings ${kind} silent` });
    }
    return await change(there, withSound(there.target.chat, kind, sound));
  }
  if (isSwitch(name)) {
    const isOn = parseSwitch(meaning);
    if (isOn === undefined) throw unknownChoice(value, 'on, off', `/settings ${name} on`);
    return await turn(there, name, isOn);
  }
  switch (name) {
    case 'language': {
      if (value === '') return languageScreen(there);
      const wanted = value.toLowerCase();
      const locale = LOCALES.find((each) => each === wanted || LANGUAGE_NAMES[each].toLowerCase() === wanted);
      if (!locale) throw new UserError('language-unknown', { word: value });
      return await change(there, { locale });
    }
    case 'timezone':
      return value === '' ? zoneScreen(there, 0) : await typedZone(there, value);
    case 'barks':
      return value === '' ? barksScreen(there) : await change(there, { barksPerHour: barksOf(value) });
    case 'rules': {
      const here = existing(there, 'who');
      if (value === '') return whoScreen(here);
      const isOpen = meaning === 'all' || meaning === 'everyone';
      if (!isOpen && meaning !== 'administrators') {
        throw unknownChoice(value, 'everyone, administrators', '/settings rules everyone');
      }
      return await change(here, { openRules: isOpen });
    }
    case 'role': {
      const here = existing(there, 'role');
      return value === '' ? roleScreen(here) : await change(here, { pingRole: roleOf(value) });
    }
    default:
      throw new UserError('setting-unknown', { word: field });
  }
}

async function typedZone(there: About, value: string): Promise<Reply> {
  const { context, target } = there;
  const { zones, nearest } = findZones(value, ZONES_PER_PAGE, context.deps.clock.now());
  const [zone, ...others] = zones;
  if (zone === undefined) throw new UserError('zone-unknown', { word: value, nearest: nearest.join(', ') });
  if (others.length === 0) return await change(there, { timezone: zone });
  return {
    text: [{ type: 'text', line: [context.t.settings.whichZone] }],
    buttons: [
      ...rowsOf(zones.map((each): Button => zoneButton(there, each))),
      [{ label: `‹ ${context.t.settings.back}`, action: packAction('set', ...tail(target)) }],
    ],
    personal: true,
  };
}

/** Messages with barks an hour, as somebody chose or typed it. */
function barksOf(word: string): number {
  const count = /^\d{1,2}$/.test(word) ? Number(word) : 0;
  if (count < 1 || count > MOST_BARKS) throw unknownChoice(word, `1–${MOST_BARKS}`, '/settings barks 30');
  return count;
}

/** A role's id, bare or as a mention; undefined: none. The adapter has seen to it that it is one of the server's. */
function roleOf(word: string): string | undefined {
  if (meaningOf(word) === 'off') return undefined;
  if (word === 'everyone') throw new UserError('role-everyone');
  const id = /^(?:<@&)?(\d{15,21})>?$/.exec(word)?.[1];
  if (id === undefined) throw unknownChoice(word, '@role, off', '/settings role off');
  return id;
}

function unknownChoice(word: string, choices: string, example: string): UserError {
  return new UserError('choice-unknown', { word, choices, example });
}

function isSwitch(name: string): name is SwitchName {
  return Object.hasOwn(SWITCHES, name);
}

/** Throws UserError `not-here` where this kind of chat has no such setting. */
function existing(there: About, name: Parameters<typeof exists>[1]): About {
  if (!exists(there.target.chat, name)) throw new UserError('not-here');
  return there;
}

async function turn(there: About, name: SwitchName, isOn: boolean): Promise<Reply> {
  const after = await changed(existing(there, name), SWITCHES[name].change(isOn));
  if (name === 'normal') await tellNormalOfAll(after, isOn);
  return settingsScreen(after);
}

/** What a chat wants to be told from now on, it wants of the rules that it has, too. */
async function tellNormalOfAll({ context: { deps, quotas }, target }: About, isOn: boolean): Promise<void> {
  for (const { tellNormal, ...rule } of await deps.rules.list(target.chat.uid)) {
    if ((tellNormal ?? false) === isOn) continue;
    await deps.rules.save(isOn ? { ...rule, tellNormal: true } : rule, quotas.rulesPerChat);
  }
}

async function change(there: About, wanted: ChatChange): Promise<Answer> {
  const after = await changed(there, wanted);
  return { ...settingsScreen(after), language: after.context.t };
}

/** Changes the chat, and returns what it is then: the answer is in the new language and zone already. */
async function changed({ context, target }: About, wanted: ChatChange): Promise<About> {
  await requireAdmin(context, target);
  const stored = await context.deps.changeChat(target.chat.uid, wanted);
  const chat = { ...target.chat, ...stored, approved: target.chat.approved };
  return { target: { ...target, chat }, context: inWordsOf(context, chat, target.elsewhere) };
}

/** Of another chat one goes on reading in one's own language. */
function inWordsOf(context: Context, chat: Context['chat'], elsewhere: boolean): Context {
  const locale = elsewhere ? context.f.locale : chat.locale;
  return { ...context, chat, t: catalogueOf(locale), f: formatsFor(locale, chat.timezone) };
}
