import { changeShapeOf, completeRule } from '../../alerts/defaults.ts';
import { parseSubscribe, type RuleDraft } from '../../alerts/grammar.ts';
import type { Preview } from '../../alerts/preview.ts';
import type { Preset, Rule, RuleTerms } from '../../alerts/rule.ts';
import { ALL_SYMBOLS, RULE_KINDS } from '../../alerts/rule.ts';
import { UserError } from '../../kit/errors.ts';
import type { Reply } from '../../notice/text.ts';
import type { RuleAnswer } from '../../store/rules.ts';
import { isOnLarge, reachRow } from '../all-symbols.ts';
import type { Action, Command, Context } from '../context.ts';
import { creatorOf } from '../creator.ts';
import { define } from '../definition.ts';
import { lookUp, lookUpRule, timely } from '../lookup.ts';
import type { CommandCall } from '../model.ts';
import type { Proposals } from '../previews.ts';
import { ruleLimit } from '../quotas.ts';
import { draftOf } from '../rule-change.ts';
import { findTarget, requireRuleRight, splitReference, type Target } from '../target.ts';
import { findTwin } from '../twins.ts';
import { confirmation } from './subscribe-confirm.ts';
import { chooseLevel, chooseSymbol, chooseWhat, openAction, unpackDraft } from './subscribe-screens.ts';

const OPTIONS = [
  { name: 'symbol', words: 'ruleSymbol', autocomplete: true },
  { name: 'kind', choices: RULE_KINDS },
  { name: 'threshold', autocomplete: true },
  { name: 'window' },
  { name: 'channel' },
  { name: 'options' },
] as const;

/** `/subscribe`: sets the rule when symbol and kind are clear, else offers what is missing as buttons. */
export const subscribe: Command = { definition: define('subscribe', OPTIONS, true), run: fromCall };

/** `/alert`: the same by another name. */
export const alert: Command = { definition: define('alert', OPTIONS, true), run: fromCall };

/** `v1:sub[:<symbol>:<kind>:<window>:<threshold>:<target>]`, each part empty where nothing is chosen yet. */
export const pressSubscribe: Action = async (context, args) => {
  const draft = unpackDraft(args);
  return draft && { ...(await answer(context, draft)), replace: true };
};

/** `v1:preset:<id>:<preset>:<target>`: gives a rule another preset in place of its threshold. */
export const pressPreset: Action = async (context, [id, word, reference]) => {
  const preset = (['calm', 'normal', 'lively'] as const).find((each) => each === word);
  if (id === undefined || preset === undefined) return undefined;
  const target = await findTarget(context, reference, 'read');
  await requireRuleRight(context, target);
  const old = await context.deps.rules.get(target.chat.uid, id);
  if (!old) throw new UserError('rule-unknown', { word: id });
  return { ...(await changePreset(context, target, old, preset)), replace: true };
};

function fromCall(context: Context, call: CommandCall): Promise<Reply> {
  const { symbol, kind, threshold, window, options } = call.options;
  // A channel without a name is called by its id, which the grammar would take for a price.
  const { reference, rest } = splitReference(call.words);
  const channel = call.options.channel ?? reference;
  return answer(
    context,
    parsed(context, {
      words: rest,
      options: {
        ...(symbol !== undefined ? { symbol } : {}),
        ...(kind !== undefined ? { kind } : {}),
        ...(threshold !== undefined ? { threshold } : {}),
        ...(window !== undefined ? { window } : {}),
        ...(channel !== undefined ? { channel } : {}),
        ...(options !== undefined ? { options } : {}),
      },
    }),
  );
}

/** The rule that is said; a word too many that is a symbol is told as what it is. */
function parsed({ symbols }: Context, said: Parameters<typeof parseSubscribe>[0]): RuleDraft {
  try {
    return parseSubscribe(said);
  } catch (error) {
    const word = error instanceof UserError && error.code === 'word' ? error.args.word : undefined;
    if (typeof word !== 'string' || !isSymbol(symbols, word)) throw error;
    throw new UserError('symbol-second', { word });
  }
}

function isSymbol(symbols: Context['symbols'], word: string): boolean {
  try {
    symbols.resolve(word);
    return true;
  } catch (error) {
    if (error instanceof UserError && error.code === 'symbol-second') throw error;
    return false;
  }
}

async function answer(context: Context, draft: RuleDraft): Promise<Reply> {
  if (draft.symbolText === ALL_SYMBOLS) return await answerForAll(context, draft);
  // Everything typed is checked before anything is asked or looked up.
  const instrument = draft.symbolText === undefined ? undefined : context.symbols.resolve(draft.symbolText);
  const target = await findTarget(context, draft.channel, 'post');
  await requireRuleRight(context, target, openAction(draft));
  if (!instrument) return chooseSymbol(context, draft, target);

  const { symbol, tickSize } = instrument;
  const { brief, stale } = await lookUp(context, symbol);
  const fresh = stale ? undefined : brief;
  if (draft.kind === undefined) {
    const proposals = await proposalsFor(context, symbol, { ...draft, kind: 'volatility' });
    return chooseWhat(context, symbol, draft, target, { brief: fresh, proposals });
  }
  if (draft.kind === 'price' && draft.threshold === undefined && fresh?.last !== undefined) {
    return chooseLevel(context, symbol, fresh.last, tickSize, target);
  }
  const proposals = draft.threshold === undefined ? await proposalsFor(context, symbol, draft) : undefined;
  const terms = completeRule(draft, {
    chat: target.chat,
    symbol,
    createdBy: creatorOf(context),
    now: context.deps.clock.now(),
    brief: fresh,
    proposals,
    tickSize,
  });
  return await store(context, target, terms, proposals);
}

/** A rule on every symbol: neither one price nor one history to go by. */
async function answerForAll(context: Context, draft: RuleDraft): Promise<Reply> {
  const target = await findTarget(context, draft.channel, 'post');
  await requireRuleRight(context, target, openAction(draft));
  if (draft.kind === undefined) {
    return chooseWhat(context, ALL_SYMBOLS, draft, target, { brief: undefined, proposals: undefined });
  }
  if (draft.kind === 'price' && draft.threshold === undefined) {
    // There is no price around which levels could be offered.
    throw new UserError('price-missing', { word: 'price', example: '/subscribe all price 1' });
  }
  const terms = completeRule(draft, {
    chat: target.chat,
    symbol: ALL_SYMBOLS,
    createdBy: creatorOf(context),
    now: context.deps.clock.now(),
    brief: undefined,
    tickSize: 1,
  });
  return await store(context, target, terms, undefined);
}

/** What the presets are for a draft on this symbol's own candles; undefined where these cannot tell. */
async function proposalsFor(
  { previews }: Context,
  symbol: string,
  draft: Parameters<typeof changeShapeOf>[0],
): Promise<Proposals | undefined> {
  const shape = changeShapeOf(draft);
  return shape && (await previews.proposals(symbol, shape));
}

async function store(
  context: Context,
  target: Target,
  terms: RuleTerms,
  proposals: Proposals | undefined,
): Promise<Reply> {
  const { deps, quotas, t } = context;
  const twin = await findTwin(context, terms);
  if (twin) return confirmation(context, target, twin, { title: t.subscribe.already(`#${twin.id}`) });
  const rule: Rule = {
    ...terms,
    id: await deps.rules.newId(),
    ...(target.chat.tellNormal ? { tellNormal: true } : {}),
  };
  const limit = ruleLimit(target.chat, quotas);
  const { saved, commandId } = await deps.rules.save(rule, limit);
  if (!saved) throw new UserError('rule-limit', { limit });
  return confirmation(context, target, rule, {
    title: `✅ ${t.subscribe.done}`,
    isNew: true,
    ...(await learn(context, rule, commandId)),
    proposals,
    ...(isOnLarge(rule) ? { reach: await reachRow(context) } : {}),
  });
}

/** What the feed says of a rule just saved, and meanwhile what it would have done so far. */
async function learn(
  { deps, previews, timings }: Context,
  rule: Rule,
  commandId: string,
): Promise<{ answer: RuleAnswer | 'silent'; preview: Preview | undefined }> {
  const counting = previews.preview(rule);
  // Looked at below, or not at all.
  counting.catch(() => undefined);
  const answer = await deps.rules.awaitAnswer(rule.symbol, commandId, timings.answerWaitMs);
  return { answer: answer ?? 'silent', preview: await timely(counting, timings.previewWaitMs) };
}

async function changePreset(context: Context, target: Target, old: Rule, preset: Preset): Promise<Reply> {
  const { deps, quotas, symbols, t } = context;
  const { brief, stale } = await lookUpRule(context, old);
  if (old.kind === 'price' || old.kind === 'listing') throw new UserError('rule-unknown', { word: old.id });
  const proposals = await proposalsFor(context, old.symbol, old);
  const completed = completeRule(
    { ...draftOf(old), threshold: undefined, unit: undefined, preset },
    {
      chat: target.chat,
      symbol: old.symbol,
      createdBy: old.createdBy,
      now: old.createdAt,
      brief: stale ? undefined : brief,
      proposals,
      tickSize: symbols.tickSize(old.symbol),
    },
  );
  const { direction, threshold, unit, window, rearm } = completed;
  const rule: Rule = { ...old, direction, threshold, unit, window, rearm, preset };
  const { commandId } = await deps.rules.save(rule, ruleLimit(target.chat, quotas));
  return confirmation(context, target, rule, {
    title: `✅ ${t.subscribe.changed}`,
    ...(await learn(context, rule, commandId)),
    proposals,
  });
}
