import {
  type APIActionRowComponent,
  type APIRoleSelectComponent,
  ComponentType,
  type RoleSelectMenuInteraction,
} from 'discord.js';
import type { Reply } from '../notice/text.ts';
import { toLabel } from './markup.ts';
import type { MessageBody } from './render.ts';

/** Discord's limits of a select menu, and of the rows of a message (developer documentation, "Select Menu"). */
const LIMITS = { customId: 100, placeholder: 150, rows: 5 } as const;

/** Puts the server's own list of roles above the buttons, where a reply asks for a role. */
export function withChoice(body: MessageBody, choice: Reply['choice']): MessageBody {
  if (choice?.type !== 'role' || choice.action.length > LIMITS.customId) return body;
  const row: APIActionRowComponent<APIRoleSelectComponent> = {
    type: ComponentType.ActionRow,
    components: [
      {
        type: ComponentType.RoleSelect,
        custom_id: choice.action,
        placeholder: toLabel(choice.label, LIMITS.placeholder),
      },
    ],
  };
  return { ...body, components: [row, ...body.components].slice(0, LIMITS.rows) };
}

/** The action of a chosen role. `@everyone`, which Discord lists among the roles, is no role that may be called. */
export function actionOfChoice({ customId, values, guildId }: RoleSelectMenuInteraction): string {
  const [role = ''] = values;
  return customId.replace('*', role === guildId ? 'everyone' : role);
}
