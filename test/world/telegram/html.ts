/** What the real parser makes of HTML: visible text and entities, or why it refuses. */
export interface ParsedHtml {
  text: string;
  entities: { type: string; offset: number; length: number }[];
}

/** Telegram's `error_code` and `description`. */
export class Refusal extends Error {
  readonly code: number;
  readonly parameters: Record<string, number> | undefined;

  constructor(code: number, description: string, parameters?: Record<string, number>) {
    super(description);
    this.code = code;
    this.parameters = parameters;
  }
}

const TAGS = new Set(
  [
    'b strong i em u ins s strike del code pre a span tg-spoiler tg-emoji tg-time blockquote'.split(' '),
  ].flat(),
);

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

/** Parses `parse_mode: HTML`; throws the Refusal that Telegram would send. */
export function parseHtml(html: string): ParsedHtml {
  let text = '';
  const entities: ParsedHtml['entities'] = [];
  const open: { tag: string; offset: number }[] = [];
  for (let i = 0; i < html.length; ) {
    const rest = html.slice(i);
    if (rest.startsWith('<')) {
      const tag = /^<(\/?)([a-z-]*)((?:\s+[a-z-]+(?:=(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+))?)*)\s*>/i.exec(rest);
      const name = tag?.[2]?.toLowerCase() ?? '';
      if (!tag) throw unparsable(`Unclosed start tag at byte offset ${i}`);
      if (tag[1] === '/') {
        const last = open.pop();
        if (!last) throw unparsable(`Unexpected end tag at byte offset ${i}`);
        if (last.tag !== name) {
          throw unparsable(
            `Unmatched end tag at byte offset ${i}, expected "</${last.tag}>", found "</${name}>"`,
          );
        }
        entities.push({ type: name, offset: last.offset, length: text.length - last.offset });
      } else {
        if (!TAGS.has(name)) throw unparsable(`Unsupported start tag "${name}" at byte offset ${i}`);
        if (name === 'tg-time' && !/\sunix="?\d+"?/.test(tag[3] ?? '')) {
          throw unparsable(`Tag "tg-time" must have attribute "unix" at byte offset ${i}`);
        }
        open.push({ tag: name, offset: text.length });
      }
      i += tag[0].length;
      continue;
    }
    const entity = /^&(lt|gt|amp|quot|#\d{1,7});/.exec(rest);
    if (entity) {
      const name = entity[1] ?? '';
      text += name.startsWith('#') ? String.fromCodePoint(Number(name.slice(1))) : (ENTITIES[name] ?? '');
      i += entity[0].length;
      continue;
    }
    text += html[i];
    i += 1;
  }
  const unclosed = open.pop();
  if (unclosed) throw unparsable(`Can't find end tag corresponding to start tag "${unclosed.tag}"`);
  return { text, entities };
}

function unparsable(why: string): Refusal {
  return new Refusal(400, `Bad Request: can't parse entities: ${why}`);
}
