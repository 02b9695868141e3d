import type { Rule } from '../../alerts/rule.ts';
import type { Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import type { Action, Context } from '../context.ts';
import { lookUpRule, timely } from '../lookup.ts';
import { previewPicture } from '../preview-picture.ts';
import { previewWords, stepWords } from '../preview-words.ts';
import { withThreshold } from '../rule-change.ts';
import { conditionWords, ruleTag, symbolWords } from '../rule-words.ts';
import { ruleOf } from '../stored-rule.ts';
import { findTarget, mayRule, type Target } from '../target.ts';
import { thresholdRow } from './edit-screens.ts';

/**
 * `v1:pv:<rule>:<threshold>[:<target>[:r]]`: the picture of what a rule would have done with this threshold; `r`: in
 * place of the picture that carries the button. Everybody may look; who may change rules can set what he sees.
 */
export const pressPreview: Action = async (context, [id, value = '', reference, replace]) => {
  const threshold = Number(value);
  if (id === undefined || !Number.isFinite(threshold) || threshold <= 0) return undefined;
  const target = await findTarget(context, reference, 'read');
  const rule = await ruleOf(context, target, id);
  const { symbols } = context;
  const brief = rule.kind === 'price' ? (await lookUpRule(context, rule)).brief : undefined;
  const market = { brief, tickSize: symbols.tickSize(rule.symbol) };
  const seen = threshold === rule.threshold ? rule : withThreshold(rule, threshold, market);
  const screen = await previewScreen(context, target, rule, seen);
  return replace === 'r' ? { ...screen, replace: true } : screen;
};

async function previewScreen(context: Context, target: Target, rule: Rule, seen: Rule): Promise<Reply> {
  const { t, f, symbols, previews, timings } = context;
  const barks = await timely(previews.barks(seen), timings.countWaitMs);
  if (!barks) return { text: [{ type: 'text', line: [t.preview.none] }], personal: true };
  const tickSize = symbols.tickSize(rule.symbol);
  const words = stepWords(seen, barks.preview, tickSize, t, f);
  const step = (threshold: number) => packAction('pv', rule.id, String(threshold), target.reference, 'r');
  const picture = previewPicture(context, seen, barks);
  // It is what was asked for: words alone would come too early.
  await timely(context.deps.pictures.draw(picture), timings.countWaitMs);
  const row = thresholdRow(context, target, rule, seen, words, step);
  const may = await mayRule(context, target);
  return {
    text: [
      {
        type: 'title',
        line: [`🐾 ${ruleTag(rule.id)} ${symbolWords(seen, t)} ${conditionWords(seen, tickSize, t, f)}`],
      },
      { type: 'text', line: [previewWords(barks.preview, seen, t, f)] },
      { type: 'small', line: [t.preview.paws] },
    ],
    buttons: [
      may ? row : row.map((button, i) => (i === 1 ? { label: words, action: step(seen.threshold) } : button)),
    ],
    picture,
  };
}
