import { describeError, UserError } from '../kit/errors.ts';
import { shortId } from '../kit/id.ts';
import type { Reply } from '../notice/text.ts';
import type { Chat, Locale } from '../store/chat-model.ts';
import { admits, isOperator, startsApproved } from './access.ts';
import { unpackAction } from './actions.ts';
import { ACTIONS, COMMANDS } from './commands/index.ts';
import { welcome } from './commands/start.ts';
import type { Context } from './context.ts';
import { CHAT_LIMITS, CHAT_TIMINGS, type ChatDeps } from './deps.ts';
import { errorReply } from './errors.ts';
import { formatsFor } from './format.ts';
import { catalogueOf, guessLocale } from './locale/index.ts';
import type { Asker, ChatService } from './model.ts';
import { presentNotices } from './present/present.ts';
import { editDistance } from './resolve/distance.ts';
import { createSymbolBook } from './resolve/symbol.ts';
import { shown } from './shown.ts';
import { withSource } from './source.ts';
import { suggestions } from './suggest.ts';

const MINUTE_MS = 60_000;

/** Makes the commands' side: parses, checks who may, answers in the chat's language. Knows no platform's markup. */
export function createChat(deps: ChatDeps): ChatService {
  const timings = { ...CHAT_TIMINGS, ...deps.timings };
  const quotas = { ...CHAT_LIMITS, ...deps.quotas };
  const symbols = createSymbolBook({ market: deps.market, clock: deps.clock, log: deps.log });
  const byName = new Map(COMMANDS.map((command) => [command.definition.name, command]));

  async function contextOf(asker: Asker): Promise<{ context: Context; isNew: boolean }> {
    const operator = isOperator(deps.access, asker);
    const known = await deps.chats.find(asker.address);
    const chat = known ? await awaken(known, asker) : await register(asker, operator);
    const context: Context = {
      deps,
      timings,
      quotas,
      symbols,
      asker,
      chat,
      ...wordsFor(chat.locale, chat.timezone),
      operator,
    };
    return { context, isNew: known === undefined };
  }

  /** A chat that speaks to us can be spoken to again; its name may have changed. */
  async function awaken(chat: Chat, asker: Asker): Promise<Chat> {
    const renamed = asker.chatTitle !== '' && asker.chatTitle !== chat.title;
    if (chat.pausedReason === undefined && !renamed) return chat;
    const change = { pausedReason: undefined, ...(renamed ? { title: asker.chatTitle } : {}) };
    return (await deps.chats.update(chat.uid, change)) ?? chat;
  }

  async function register(asker: Asker, operator: boolean): Promise<Chat> {
    const chat = await deps.chats.ensure(asker.address, {
      type: asker.chatType,
      title: asker.chatTitle,
      locale: guessLocale(asker.languageHint) ?? deps.defaults.locale,
      timezone: deps.defaults.timezone,
      approved: startsApproved(deps.access, asker.address, operator),
    });
    if (!chat.approved) {
      const name = shown(chat.title) || chat.address.chatId;
      await deps.tellOperators(
        'approval',
        { uid: chat.uid, chat: `${name} (${chat.address.platform})` },
        chat.uid,
      );
    }
    return chat;
  }

  /** What a chat that may not use the bot hears: one sentence in private, nothing where others listen. */
  function closed(asker: Asker): Reply | undefined {
    if (asker.chatType !== 'private') return undefined;
    const t = catalogueOf(guessLocale(asker.languageHint) ?? deps.defaults.locale);
    return { text: [{ type: 'text', line: [t.access.closed] }], personal: true };
  }

  /** Runs what a person asked for; whatever goes wrong becomes an answer. */
  async function answer(
    asker: Asker,
    run: (context: Context) => Promise<Reply | undefined>,
  ): Promise<Reply | undefined> {
    if (!admits(deps.access, asker.address, asker)) return closed(asker);
    let { t, f } = wordsFor(guessLocale(asker.languageHint) ?? deps.defaults.locale, deps.defaults.timezone);
    try {
      const { address, userId } = asker;
      const person = `${address.platform}:${userId ?? address.chatId}`;
      const used = await deps.chats.count(`command:${person}`, MINUTE_MS);
      // Said once; what comes after it in the same minute is answered by silence.
      if (used > quotas.commandsPerMinute + 1) return undefined;
      const { context } = await contextOf(asker);
      ({ t, f } = context);
      if (used > quotas.commandsPerMinute) {
        const line = [t.access.slowDown(quotas.commandsPerMinute)];
        return { text: [{ type: 'text', line }], personal: true };
      }
      await symbols.refresh();
      const reply = await run(context);
      return reply && { ...reply, text: withSource(reply.text, symbols.source(), t) };
    } catch (error) {
      if (error instanceof UserError) {
        const reply = errorReply(error, t, f);
        return { ...reply, text: withSource(reply.text, symbols.source(), t) };
      }
      const reference = shortId();
      deps.log.error({ reference, error: describeError(error) }, 'a command failed');
      return { text: [{ type: 'text', line: [t.failure(reference)] }], personal: true };
    }
  }

  return {
    commands: COMMANDS.map((command) => command.definition),

    command: async (asker, call) => {
      const command = byName.get(call.name);
      if (command) return await answer(asker, (context) => command.run(context, call));
      if (asker.chatType !== 'private') return undefined;
      return await answer(asker, async ({ t }) => ({
        text: [{ type: 'text', line: [t.unknownCommand(shown(call.name), nearestCommand(call.name))] }],
        personal: true,
      }));
    },

    press: (asker, action) =>
      answer(asker, async (context) => {
        const unpacked = unpackAction(action);
        const reply = unpacked && (await ACTIONS.get(unpacked.name)?.(context, unpacked.args));
        return reply ?? { text: [{ type: 'text', line: [context.t.outOfDate] }], personal: true };
      }),

    suggest: async (asker, option, typed) => {
      // Never waits: the list that is known answers, the newer one comes for the next letter.
      void symbols.refresh().catch(() => undefined);
      return suggestions(
        symbols,
        catalogueOf(guessLocale(asker.languageHint) ?? deps.defaults.locale),
        option,
        typed,
      );
    },

    present(notices, chat, mayRepeat) {
      const { platform, chatId } = chat.address;
      const operatorChat = deps.access.operators.has(`${platform}:${chatId}`);
      const presented = presentNotices(notices, chat, mayRepeat, operatorChat, symbols.tickSize);
      return presented;
    },

    joined: async (asker) => {
      if (!admits(deps.access, asker.address, asker)) return undefined;
      const { context, isNew } = await contextOf(asker);
      if (!isNew) return undefined;
      await symbols.refresh();
      return labelled(welcome(context), context);
    },
  };

  function labelled(reply: Reply, { t }: Context): Reply {
    return { ...reply, text: withSource(reply.text, symbols.source(), t) };
  }

  function nearestCommand(name: string): string {
    const [first] = COMMANDS.map(({ definition }) => definition.name).toSorted(
      (a, b) => editDistance(name.slice(0, 20), a) - editDistance(name.slice(0, 20), b),
    );
    return first ?? 'help';
  }
}

function wordsFor(locale: Locale, timezone: string): Pick<Context, 't' | 'f'> {
  return { t: catalogueOf(locale), f: formatsFor(locale, timezone) };
}
