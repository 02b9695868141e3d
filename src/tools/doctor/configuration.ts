import type { Config } from '../../config.ts';
import { type Finding, finding } from './report.ts';

/** What the configuration switches on; it has no faults, or there would be none. */
export function checkConfiguration(config: Config): Finding[] {
  const on = [
    config.telegram && 'Telegram',
    config.discord && 'Discord',
    config.ai.apiKey && 'AI',
    'console',
  ].filter((part) => typeof part === 'string');
  const symbols = config.symbols === 'all' ? 'all symbols' : config.symbols.join(', ');
  const findings = [finding('ok', 'configuration', `on: ${on.join(', ')}; always watched: ${symbols}`)];
  if (config.ai.apiKey && config.ai.budget.bot === undefined) {
    findings.push(
      finding('warn', 'ai budget', 'AI_DAILY_BUDGET_USD is unlimited', 'set an amount: it is a hard stop'),
    );
  }
  if ((config.telegram || config.discord) && config.access.operators.size === 0) {
    const remedy =
      'set OPERATORS=telegram:<your id> (send /start to @userinfobot to see it), or discord:<your id>';
    findings.push(finding('warn', 'operators', 'nobody may see the costs of all chats', remedy));
  }
  return findings;
}
