import { describeError, UserError } from '../kit/errors.ts';
import { shortId } from '../kit/id.ts';
import type { Reply } from '../notice/text.ts';
import { type Chat, type Locale, listedName } from '../store/chat-model.ts';
import { admits, isFree, isOperator, startsApproved } from './access.ts';
import { unpackAction } from './actions.ts';
import { askForApproval } from './approval.ts';
import { ACTIONS, COMMANDS } from './commands/index.ts';
import { welcome } from './commands/start.ts';
import { chosenChat } from './commands/where.ts';
import type { Answer, Context } from './context.ts';
import { CHAT_LIMITS, CHAT_TIMINGS, type ChatDeps } from './deps.ts';
import { errorReply } from './errors.ts';
import { formatsFor } from './format.ts';
import { callOfForm, questionOf } from './forms.ts';
import { isOpenToLinks } from './links.ts';
import { catalogueOf, guessLocale } from './locale/index.ts';
import type { Asker, ChatService } from './model.ts';
import { presentNotices } from './present/present.ts';
import { createPreviews } from './previews.ts';
import { commandNamed } from './resolve/command-words.ts';
import { editDistance } from './resolve/distance.ts';
import { createSymbolBook } from './resolve/symbol.ts';
import { shown } from './shown.ts';
import { withSource } from './source.ts';
import { suggestions } from './suggest.ts';

const MINUTE_MS = 60_000;

type Words = Pick<Context, 't' | 'f'>;
type Run = (context: Context, isNew: boolean) => Promise<Answer | undefined>;

/** Makes the commands' side: parses, checks who may, answers in the chat's language. Knows no platform's markup. */
export function createChat(deps: ChatDeps): ChatService {
  const timings = { ...CHAT_TIMINGS, ...deps.timings };
  const quotas = { ...CHAT_LIMITS, ...deps.quotas };
  const symbols = createSymbolBook({ market: deps.market, clock: deps.clock, log: deps.log });
  const previews = createPreviews(deps);
  const byName = new Map(COMMANDS.map((command) => [command.definition.name, command]));

  async function contextOf(asker: Asker): Promise<{ context: Context; isNew: boolean }> {
    const operator = isOperator(deps.access, asker);
    if (asker.visitor)
      return { context: contextFor(asker, passing(asker, operator), operator), isNew: false };
    const known = await deps.chats.find(asker.address);
    const stored = known ? await awaken(known, asker) : await register(asker, operator);
    const chat = { ...stored, approved: isFree(deps.access, stored, operator) };
    return { context: contextFor(asker, chat, operator), isNew: known === undefined };
  }

  function contextFor(asker: Asker, chat: Chat, operator: boolean): Context {
    const words = wordsFor(chat.locale, chat.timezone);
    return { deps, timings, quotas, symbols, previews, asker, chat, ...words, operator };
  }

  /** The chat of somebody whose own place the bot is not in: never stored, and all of his places are the same one. */
  function passing(asker: Asker, operator: boolean): Chat {
    return {
      uid: asker.address.chatId,
      address: asker.address,
      type: 'private',
      title: asker.chatTitle,
      locale: guessLocale(asker.languageHint) ?? deps.defaults.locale,
      timezone: deps.defaults.timezone,
      costAt: undefined,
      pausedReason: undefined,
      approved: startsApproved(deps.access, asker.address, operator),
      createdAt: deps.clock.now(),
    };
  }

  /** A visitor gets answers only: whatever has to do with a chat is not for him. */
  function isBeyond(asker: Asker, name: string | undefined): boolean {
    return asker.visitor === true && !(name !== undefined && byName.get(name)?.definition.anywhere);
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
    if (!chat.approved) await askForApproval(deps, chat);
    return chat;
  }

  /** What a chat that may not use the bot hears: one sentence in private, nothing where others listen. */
  function closed(asker: Asker): Reply | undefined {
    if (asker.chatType !== 'private') return undefined;
    const t = catalogueOf(guessLocale(asker.languageHint) ?? deps.defaults.locale);
    return personal(t.access.closed);
  }

  /** Runs what a person asked for; whatever goes wrong becomes an answer, and every answer says of which market it is. */
  async function answer(asker: Asker, run: Run, command?: string): Promise<Reply | undefined> {
    if (!admits(deps.access, asker.address, asker)) return closed(asker);
    const words = wordsFor(guessLocale(asker.languageHint) ?? deps.defaults.locale, deps.defaults.timezone);
    const answered = await attempt(asker, run, words, command);
    if (!answered) return undefined;
    const { language = words.t, ...reply } = answered;
    return { ...reply, text: withSource(reply.text, symbols.source(), language) };
  }

  /** `words` become those of the chat as soon as it is known. */
  async function attempt(
    asker: Asker,
    run: Run,
    words: Words,
    command: string | undefined,
  ): Promise<Answer | undefined> {
    try {
      const { address, userId } = asker;
      const person = `${address.platform}:${userId ?? address.chatId}`;
      const used = await deps.chats.count(`command:${person}`, MINUTE_MS);
      // Said once; what comes after it in the same minute is answered by silence.
      if (used > quotas.commandsPerMinute + 1) return undefined;
      const { context, isNew } = await contextOf(asker);
      Object.assign(words, { t: context.t, f: context.f });
      if (used > quotas.commandsPerMinute) return personal(words.t.access.slowDown(quotas.commandsPerMinute));
      await symbols.refresh();
      return await run(context, isNew);
    } catch (error) {
      if (error instanceof UserError) return errorReply(error, command, asker, words.t, words.f);
      const reference = shortId();
      deps.log.error({ reference, error: describeError(error) }, 'a command failed');
      return personal(words.t.failure(reference));
    }
  }

  function press(asker: Asker, action: string): Promise<Reply | undefined> {
    return answer(asker, async (context) => {
      const unpacked = unpackAction(action);
      if (isBeyond(asker, unpacked?.name)) return personal(context.t.access.onlyAnswers);
      const reply = unpacked && (await ACTIONS.get(unpacked.name)?.(context, unpacked.args));
      return reply ?? personal(context.t.outOfDate);
    });
  }

  return {
    commands: COMMANDS.map((command) => command.definition),

    command: async (asker, said) => {
      const call = { ...said, name: commandNamed(said.name) };
      const command = byName.get(call.name);
      if (command) {
        const run: Run = async (context) =>
          isBeyond(asker, call.name)
            ? personal(context.t.access.onlyAnswers)
            : await command.run(context, call);
        return await answer(asker, run, call.name);
      }
      if (asker.chatType !== 'private') return undefined;
      return await answer(asker, async ({ t }) =>
        personal(t.unknownCommand(shown(call.name), nearestCommand(call.name))),
      );
    },

    press,

    shared: (asker, reference) => answer(asker, (context) => chosenChat(context, reference)),

    async follow(asker, action) {
      return isOpenToLinks(action) ? await press(asker, action) : undefined;
    },

    question: (languageHint, action) =>
      questionOf(action, catalogueOf(guessLocale(languageHint) ?? deps.defaults.locale)),

    fill: (asker, action, typed) => {
      const call = callOfForm(action, typed);
      const command = call && byName.get(call.name);
      return answer(
        asker,
        async (context) =>
          command && !isBeyond(asker, call.name)
            ? { ...(await command.run(context, call)), replace: true }
            : personal(context.t.outOfDate),
        call?.name,
      );
    },

    suggest: async (asker, option, typed, said = {}, command) => {
      // Never waits: the list that is known answers, the newer one comes for the next letter.
      void symbols.refresh().catch(() => undefined);
      const locale = guessLocale(asker.languageHint) ?? deps.defaults.locale;
      const words = wordsFor(locale, deps.defaults.timezone);
      return await suggestions(
        { ...words, symbols, previews, timings, clock: deps.clock },
        option,
        typed,
        said,
        command,
      );
    },

    present(notices, chat, mayRepeat, telling) {
      const operatorChat = deps.access.operators.has(listedName(chat.address));
      return presentNotices(notices, chat, mayRepeat, operatorChat, symbols.tickSize, telling);
    },

    joined: (asker) => answer(asker, async (context, isNew) => (isNew ? welcome(context) : undefined)),
  };

  /** The command that was meant; that with them all where none is like it. */
  function nearestCommand(name: string): string {
    const typed = name.slice(0, 20);
    const [first] = COMMANDS.map(({ definition }) => definition.name)
      .map((each) => ({
        each,
        far: typed.length > 1 && each.startsWith(typed) ? 0 : editDistance(typed, each),
      }))
      .toSorted((a, b) => a.far - b.far);
    return first && first.far <= first.each.length / 2 ? first.each : 'help';
  }
}

function personal(sentence: string): Reply {
  return { text: [{ type: 'text', line: [sentence] }], personal: true };
}

function wordsFor(locale: Locale, timezone: string): Words {
  return { t: catalogueOf(locale), f: formatsFor(locale, timezone) };
}
