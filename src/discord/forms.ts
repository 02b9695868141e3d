import {
  type APIModalInteractionResponseCallbackData,
  type ButtonInteraction,
  ComponentType,
  type ModalSubmitInteraction,
  TextInputStyle,
} from 'discord.js';
import type { ChatService, Question } from '../chat/model.ts';
import { toLabel } from './markup.ts';

/** Discord's limits of a form (developer documentation, "Modal" and "Text Input"). */
const LIMITS = { title: 45, label: 45, placeholder: 100, typed: 100 } as const;
const FIELD = 'value';

/** Opens the form of a button; false: it has none. Nothing may be awaited before this: a form must be the first answer. */
export async function openForm(
  interaction: ButtonInteraction,
  chat: Pick<ChatService, 'question'>,
): Promise<boolean> {
  const question = chat.question(interaction.locale, interaction.customId);
  if (!question) return false;
  await interaction.showModal(formPayload(interaction.customId, question));
  return true;
}

/** What was typed into the form. */
export function typedInto(interaction: ModalSubmitInteraction): string {
  return interaction.fields.getTextInputValue(FIELD);
}

function formPayload(action: string, question: Question): APIModalInteractionResponseCallbackData {
  return {
    custom_id: action,
    title: toLabel(question.title, LIMITS.title),
    components: [
      {
        type: ComponentType.ActionRow,
        components: [
          {
            type: ComponentType.TextInput,
            custom_id: FIELD,
            style: TextInputStyle.Short,
            label: toLabel(question.label, LIMITS.label),
            placeholder: toLabel(question.example, LIMITS.placeholder),
            required: true,
            max_length: LIMITS.typed,
          },
        ],
      },
    ],
  };
}
