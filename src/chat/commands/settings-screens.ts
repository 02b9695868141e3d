import type { Button, Reply } from '../../notice/text.ts';
import { LOCALES, type Locale, SOUNDS } from '../../store/chat-model.ts';
import { reportSound } from '../../store/quiet.ts';
import { packAction } from '../actions.ts';
import type { Context } from '../context.ts';
import { formatsFor } from '../format.ts';
import { quietBlocks } from '../quiet.ts';
import { COMMON_ZONES, cityOf } from '../resolve/zone.ts';
import { rowsOf } from './buttons.ts';

export const LANGUAGE_NAMES: Readonly<Record<Locale, string>> = {
  en: 'English',
  ko: '한국어',
  zh: '中文',
  ja: '日本語',
};

export const ZONES_PER_PAGE = 12;

/** What sounds: its name in words and buttons, and the chat's field. */
export const SOUND_FIELDS = [
  ['alerts', 'alertSound'],
  ['reports', 'reportSound'],
] as const;

/** All settings of the chat, with a button for each that can be changed. */
export function settingsScreen(context: Context): Reply {
  const { chat, deps, t, f } = context;
  const s = t.settings;
  const now = deps.clock.now();
  return {
    text: [
      { type: 'title', line: [s.title] },
      ...quietBlocks(chat, now, t, f),
      {
        type: 'facts',
        rows: [
          [s.language, LANGUAGE_NAMES[chat.locale]],
          [s.timezone, `${chat.timezone} · ${f.clock(now)}`],
          ...SOUND_FIELDS.map(([name]) => [s.kinds[name], s.sounds[soundOf(context, name)]] as const),
          [s.sleep, chat.sleep ?? s.never],
          [s.report, chat.reportAt ?? s.never],
          [s.cost, chat.costAt ?? s.never],
          [s.who, chat.type === 'private' ? s.you : s.administrators],
        ],
      },
    ],
    buttons: [
      [
        { label: s.language, action: packAction('set', 'language') },
        { label: s.timezone, action: packAction('set', 'tz') },
        { label: s.sound, action: packAction('set', 'sound') },
      ],
      [
        { label: `🔕 ${s.mute}`, action: packAction('mute') },
        { label: `😴 ${s.sleep}`, action: packAction('sleep') },
        { label: t.subscribe.list, action: packAction('alerts', '0', '') },
      ],
    ],
    personal: true,
  };
}

export function languageScreen({ chat, t }: Context): Reply {
  return {
    text: [{ type: 'text', line: [t.settings.chooseLanguage] }],
    buttons: [
      LOCALES.map((locale) => chosen(LANGUAGE_NAMES[locale], locale === chat.locale, 'language', locale)),
      back(t),
    ],
    personal: true,
  };
}

/** One page of common zones, each with the time it is there; any other is typed. */
export function zoneScreen(context: Context, page: number): Reply {
  const { t } = context;
  const pages = Math.ceil(COMMON_ZONES.length / ZONES_PER_PAGE);
  const from = (page % pages) * ZONES_PER_PAGE;
  return {
    text: [
      { type: 'text', line: [t.settings.chooseZone] },
      { type: 'small', line: [t.choose.typeIt('/settings tz Asia/Seoul')] },
    ],
    buttons: [
      ...rowsOf(COMMON_ZONES.slice(from, from + ZONES_PER_PAGE).map((zone) => zoneButton(context, zone))),
      [{ label: t.settings.more, action: packAction('set', 'tz', String((page + 1) % pages)) }, ...back(t)],
    ],
    personal: true,
  };
}

/** The button that chooses a zone. */
export function zoneButton({ chat, deps }: Context, zone: string): Button {
  const clock = formatsFor('en', zone).clock(deps.clock.now()).slice(0, 5);
  return chosen(`${cityOf(zone).replaceAll('_', ' ')} ${clock}`, zone === chat.timezone, 'tz', zone);
}

export function soundScreen(context: Context): Reply {
  const { t } = context;
  const s = t.settings;
  return {
    text: [
      { type: 'text', line: [s.chooseSound] },
      {
        type: 'facts',
        rows: SOUND_FIELDS.map(([name]) => [s.kinds[name], s.sounds[soundOf(context, name)]] as const),
      },
    ],
    buttons: [
      ...SOUND_FIELDS.map(([name]) =>
        SOUNDS.map((sound) =>
          chosen(
            `${s.kinds[name]}: ${s.sounds[sound]}`,
            sound === soundOf(context, name),
            'sound',
            name,
            sound,
          ),
        ),
      ),
      back(t),
    ],
    personal: true,
  };
}

function soundOf({ chat }: Context, name: (typeof SOUND_FIELDS)[number][0]) {
  return name === 'alerts' ? (chat.alertSound ?? 'on') : reportSound(chat);
}

function chosen(label: string, isChosen: boolean, ...args: readonly string[]): Button {
  return { label: isChosen ? `✓ ${label}` : label, action: packAction('set', ...args) };
}

function back(t: Context['t']): Button[] {
  return [{ label: `‹ ${t.settings.back}`, action: packAction('set') }];
}
