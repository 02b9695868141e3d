import type { FakeMessage } from '../../test/world/telegram.ts';

const STYLE = `
  body { margin: 0; background: #0e1621; font: 15px/1.4 system-ui, sans-serif; color: #f5f5f5; }
  main { box-sizing: border-box; width: 100vw; padding: 12px; display: flex; flex-direction: column; gap: 6px; }
  article { background: #182533; border-radius: 12px; overflow: hidden; }
  article img { display: block; width: 100%; }
  article p { margin: 0; padding: 8px 12px 10px; white-space: pre-wrap; overflow-wrap: anywhere; }
  code { color: #8fc7ff; font-family: ui-monospace, monospace; font-size: 14px; }
  i { color: #9fb3c8; }
  nav { display: flex; gap: 6px; }
  nav span { flex: 1; background: #213141; border-radius: 8px; padding: 8px 4px; text-align: center; font-size: 13.5px; }
`;

/** What Sheepdog sent to Telegram, as bubbles of a chat: its own markup, pictures and buttons. */
export function bubbles(messages: readonly FakeMessage[]): string {
  return `<style>${STYLE}</style><main>${messages.map(bubble).join('')}</main>`;
}

function bubble({ raw, photo, keyboard }: FakeMessage): string {
  const picture = photo ? `<img src="data:image/png;base64,${photo.bytes.toString('base64')}">` : '';
  // What Telegram reads as HTML is its own escaped output; nothing else gets here.
  const words = raw === '' ? '' : `<p>${raw}</p>`;
  const rows = keyboard.map(
    (row) => `<nav>${row.map(({ text }) => `<span>${escapeHtml(text)}</span>`).join('')}</nav>`,
  );
  return `<article>${picture}${words}</article>${rows.join('')}`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
