/** How a check came out; `warn` works, yet not as well as it might; `skip` was not asked for. */
export type Outcome = 'ok' | 'warn' | 'fail' | 'skip';

/** One line of the doctor's report, with what to do about it where something is to be done. */
export interface Finding {
  outcome: Outcome;
  name: string;
  detail: string;
  remedies: readonly string[];
}

/** Makes a finding. */
export function finding(outcome: Outcome, name: string, detail: string, ...remedies: string[]): Finding {
  return { outcome, name, detail, remedies };
}

/** `outcome  name  detail`, and `→ what to do` in lines below. Control characters of foreign texts are taken out. */
export function formatFinding({ outcome, name, detail, remedies }: Finding): string {
  const lines = [`${outcome.padEnd(4)}  ${name.padEnd(18)}  ${plain(detail)}`];
  for (const remedy of remedies) lines.push(`      → ${plain(remedy)}`);
  return lines.join('\n');
}

/** Exit code: 0 only if nothing that is configured fails. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 {
  return findings.some((one) => one.outcome === 'fail') ? 1 : 0;
}

function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, 500);
}
