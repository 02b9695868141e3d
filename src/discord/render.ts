import {
  type APIActionRowComponent,
  type APIButtonComponentWithCustomId,
  type APIEmbed,
  type APIRoleSelectComponent,
  ButtonStyle,
  ComponentType,
} from 'discord.js';
import type { Notice } from '../notice/notice.ts';
import { type Button, plainText, type Text } from '../notice/text.ts';
import { toDirect } from './direct-action.ts';
import { toLabel, toMarkdown, toTitle } from './markup.ts';

/** Discord's own limits, in UTF-16 units (developer documentation, "Create Message" and "Embed Limits"). */
const LIMITS = {
  content: 2000,
  embedTitle: 256,
  embedDescription: 4096,
  rows: 5,
  buttonsPerRow: 5,
  buttonLabel: 80,
  customId: 100,
} as const;

const COLOURS = { up: 0x2e_cc_71, down: 0xe7_4c_3c, neutral: 0xf1_c4_0f } as const;
export type Colour = keyof typeof COLOURS;

/** A message as both the interaction routes and the channel route take it. */
export interface MessageBody {
  content: string;
  embeds: APIEmbed[];
  components: APIActionRowComponent<APIButtonComponentWithCustomId | APIRoleSelectComponent>[];
}

type Buttons = readonly (readonly Button[])[];

/** An answer: plain content, or one embed when it is longer than content may be. */
export function renderReply(text: Text, buttons: Buttons = []): MessageBody {
  const components = renderButtons(buttons);
  const content = toMarkdown(text, LIMITS.content + 1);
  if (content.length <= LIMITS.content) return { content, embeds: [], components };
  return { content: '', embeds: [{ description: toMarkdown(text, LIMITS.embedDescription) }], components };
}

/** What is told unasked: one embed, coloured, with the text's title as its own. */
export function renderNotices(text: Text, buttons: Buttons, colour: Colour): MessageBody {
  const [first, ...rest] = text;
  const title = first?.type === 'title' ? toTitle(first.line, LIMITS.embedTitle) : '';
  const description = toMarkdown(title === '' ? text : rest, LIMITS.embedDescription);
  return {
    content: '',
    embeds: [
      {
        color: COLOURS[colour],
        ...(title === '' ? {} : { title }),
        ...(description === '' ? {} : { description }),
      },
    ],
    components: renderButtons(buttons),
  };
}

/** The words alone, for a body that Discord refused: no embed, no buttons, no formatting. */
export function renderPlain(text: Text): MessageBody {
  const lines = plainText(text)
    .split('\n')
    .map((line): Text[number] => ({ type: 'text', line: [line] }));
  return { content: toMarkdown(lines, LIMITS.content), embeds: [], components: [] };
}

/** The colour of a batch: the direction its alerts agree on, else neutral. */
export function colourOf(notices: readonly Notice[]): Colour {
  const directions = new Set(
    notices.map((notice) => {
      if (notice.type !== 'alert') return 'neutral';
      if (notice.rule.kind === 'move') return notice.firing.value < 0 ? 'down' : 'up';
      if (notice.rule.kind === 'price') return notice.rule.direction === 'down' ? 'down' : 'up';
      return 'neutral';
    }),
  );
  const [only] = directions;
  return directions.size === 1 && only !== undefined ? only : 'neutral';
}

/** At most 5 × 5 buttons; one without words, without room for its action or repeating an action is left out. */
function renderButtons(buttons: Buttons): MessageBody['components'] {
  const seen = new Set<string>();
  const rows = buttons
    .map((row) => row.flatMap((button) => renderButton(button, seen)).slice(0, LIMITS.buttonsPerRow))
    .filter((row) => row.length > 0);
  return packRows(rows).map((components) => ({ type: ComponentType.ActionRow, components }));
}

/** Rows beyond what Discord takes are put beside one another, the last ones first, as far as there is room. */
function packRows<T>(rows: readonly (readonly T[])[]): T[][] {
  const fitted = rows.map((row) => [...row]);
  while (fitted.length > LIMITS.rows) {
    const at = fitted.findLastIndex(
      (row, i) => i > 0 && row.length + (fitted[i - 1]?.length ?? 0) <= LIMITS.buttonsPerRow,
    );
    if (at < 0) return fitted.slice(0, LIMITS.rows);
    const [moved = []] = fitted.splice(at, 1);
    fitted[at - 1]?.push(...moved);
  }
  return fitted;
}

function renderButton(button: Button, seen: Set<string>): APIButtonComponentWithCustomId[] {
  const label = toLabel(button.label, LIMITS.buttonLabel);
  const id = button.via === 'private' ? toDirect(button.action) : button.action;
  if (label === '' || id.length > LIMITS.customId || seen.has(id)) return [];
  seen.add(id);
  return [{ type: ComponentType.Button, style: styleOf(button), label, custom_id: id }];
}

function styleOf({ style }: Button): APIButtonComponentWithCustomId['style'] {
  if (style === 'primary') return ButtonStyle.Primary;
  return style === 'danger' ? ButtonStyle.Danger : ButtonStyle.Secondary;
}
