import type { FakeMessage } from './model.ts';
import { visibleText } from './rules.ts';

/** Everything a reader sees of a message, escapes resolved: content, then embeds. */
export function wordsOf(message: FakeMessage): string {
  const embeds = (message.embeds ?? []).flatMap(({ title, description }) => [title ?? '', description ?? '']);
  return visibleText([message.content, ...embeds].filter(Boolean).join('\n'));
}

/** The buttons of a message, row by row. */
export function buttonsOf(message: FakeMessage): { label: string; custom_id: string; style: number }[] {
  return (message.components ?? []).flatMap((row) =>
    row.components.flatMap((it) => (it.type === 2 ? [it] : [])),
  );
}

/** The lists of roles that a message carries. */
export function roleListsOf(message: FakeMessage): { custom_id: string }[] {
  return (message.components ?? []).flatMap((row) =>
    row.components.flatMap((it) => (it.type === 6 ? [it] : [])),
  );
}
