import type { Button, Reply, Text } from '../../notice/text.ts';
import { BARKS_PER_HOUR, LOCALES, type Locale } from '../../store/chat-model.ts';
import { packAction } from '../actions.ts';
import { chatName } from '../approval.ts';
import { typeIt } from '../examples.ts';
import { formatsFor } from '../format.ts';
import { quietBlocks } from '../quiet.ts';
import { COMMON_ZONES, cityOf } from '../resolve/zone.ts';
import { type About, tail } from '../target.ts';
import { formButton, homeButton, rowsOf } from './buttons.ts';
import { back, chosen, open, screen } from './settings-buttons.ts';
import { exists, SWITCH_NAMES, SWITCHES, type SwitchName } from './settings-switches.ts';
import { soundRows } from './sound-screens.ts';

export const LANGUAGE_NAMES: Readonly<Record<Locale, string>> = {
  en: 'English',
  ko: '한국어',
  zh: '中文',
  ja: '日本語',
};

export const ZONES_PER_PAGE = 12;

const BARKS_OFFERED = [4, 8, 12, 30, 60] as const;
export const MOST_BARKS = 60;

/** All settings of the chat, with a button for each that can be changed. */
export function settingsScreen(there: About): Reply {
  const { context, target } = there;
  const { chat, deps, t, f } = context;
  const s = t.settings;
  const now = deps.clock.now();
  const to = (label: string, ...args: readonly string[]): Button => open(there, label, ...args);
  const only = (name: Parameters<typeof exists>[1], label: string): Button[] =>
    exists(chat, name) ? [to(label, name)] : [];
  const switches = SWITCH_NAMES.filter((name) => exists(chat, name));
  const yesNo = (name: SwitchName) => (SWITCHES[name].isOn(chat) ? s.yes : s.no);
  const who = chat.type === 'private' ? s.you : chat.openRules ? s.everyone : s.administrators;
  return {
    text: [
      { type: 'title', line: [target.elsewhere ? s.titleOf(chatName(chat)) : s.title] },
      ...quietBlocks(chat, now, t, f),
      {
        type: 'facts',
        rows: [
          [s.language, LANGUAGE_NAMES[chat.locale]],
          [s.timezone, `${chat.timezone} · ${f.clock(now)}`],
          ...soundRows(context),
          [s.barks, s.barksLine(f.count(chat.barksPerHour ?? BARKS_PER_HOUR))],
          [s.sleep, chat.sleep ?? s.never],
          [s.report, chat.reportAt ?? s.never],
          [s.cost, chat.costAt ?? s.never],
          ...switches.filter((name) => name !== 'letter').map((name) => [s[name], yesNo(name)] as const),
          [s.who, who],
        ],
      },
      ...roleBlocks(there),
    ],
    buttons: [
      [to(s.language, 'language'), to(s.timezone, 'tz'), to(s.sound, 'sound')],
      [
        { label: `🔕 ${s.mute}`, action: packAction('mute', ...tail(target)) },
        { label: `😴 ${s.sleep}`, action: packAction('sleep', ...tail(target)) },
        { label: t.subscribe.list, action: packAction('alerts', '0', target.reference) },
      ],
      [to(s.barks, 'barks'), ...only('who', s.who), ...only('role', s.role)],
      ...rowsOf(
        switches.map((name) =>
          to(`${s[name]}: ${yesNo(name)}`, name, SWITCHES[name].isOn(chat) ? 'off' : 'on'),
        ),
        2,
      ),
      [homeButton(context, target)],
    ],
    personal: true,
  };
}

/** The role that alerts call, by its name. */
function roleBlocks({ context: { chat, t } }: About): Text {
  if (!exists(chat, 'role')) return [];
  const { pingRole: role } = chat;
  const value = role === undefined ? t.settings.never : { role };
  return [{ type: 'text', line: [{ b: t.settings.role }, ' ', value] }];
}

export function languageScreen(there: About): Reply {
  const { chat, t } = there.context;
  const choices = LOCALES.map((locale) =>
    chosen(there, LANGUAGE_NAMES[locale], locale === chat.locale, 'language', locale),
  );
  return screen(there, t.settings.chooseLanguage, [choices]);
}

/** One page of common zones, each with the time it is there; any other is typed. */
export function zoneScreen(there: About, page: number): Reply {
  const { context, target } = there;
  const { t } = context;
  const pages = Math.ceil(COMMON_ZONES.length / ZONES_PER_PAGE);
  const from = (page % pages) * ZONES_PER_PAGE;
  return {
    text: [{ type: 'text', line: [t.settings.chooseZone] }, typeIt(context, '/settings tz Asia/Seoul')],
    buttons: [
      ...rowsOf(COMMON_ZONES.slice(from, from + ZONES_PER_PAGE).map((zone) => zoneButton(there, zone))),
      [
        open(there, t.settings.more, 'tz', String((page + 1) % pages)),
        formButton(context, 'settings tz', target),
        back(there),
      ],
    ],
    personal: true,
  };
}

/** The button that chooses a zone. */
export function zoneButton(there: About, zone: string): Button {
  const { chat, deps } = there.context;
  const clock = formatsFor('en', zone).clock(deps.clock.now()).slice(0, 5);
  const label = `${cityOf(zone).replaceAll('_', ' ')} ${clock}`;
  return chosen(there, label, zone === chat.timezone, 'tz', zone);
}

/** How many messages with barks an hour. */
export function barksScreen(there: About): Reply {
  const { context, target } = there;
  const now = context.chat.barksPerHour ?? BARKS_PER_HOUR;
  const choices = BARKS_OFFERED.map((count) =>
    chosen(there, context.f.count(count), count === now, 'barks', String(count)),
  );
  return screen(
    there,
    context.t.settings.chooseBarks,
    [choices],
    formButton(context, 'settings barks', target),
  );
}

/** Who may set and change rules. */
export function whoScreen(there: About): Reply {
  const { chat, t } = there.context;
  const isOpen = chat.openRules ?? false;
  return screen(there, t.settings.chooseRules, [
    [
      chosen(there, t.settings.administrators, !isOpen, 'who', 'administrators'),
      chosen(there, t.settings.everyone, isOpen, 'who', 'everyone'),
    ],
  ]);
}

/** Which role an alert may call. */
export function roleScreen(there: About): Reply {
  const { context, target } = there;
  const s = context.t.settings;
  const none = context.chat.pingRole === undefined ? [] : [[open(there, s.noRole, 'role', 'off')]];
  const { text, ...rest } = screen(there, s.chooseRole, none);
  return {
    ...rest,
    text: [...text, { type: 'small', line: [s.roleHint] }],
    choice: { type: 'role', action: packAction('set', 'role', '*', ...tail(target)), label: s.role },
  };
}
