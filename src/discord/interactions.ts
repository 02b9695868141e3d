import {
  type AutocompleteInteraction,
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  type Interaction,
  MessageFlags,
  type ModalSubmitInteraction,
  type RoleSelectMenuInteraction,
} from 'discord.js';
import { type Asker, type ChatService, type CommandCall, OPTION_NAMES } from '../chat/model.ts';
import type { Spend } from '../courier/spend.ts';
import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { Turns } from '../kit/turns.ts';
import type { Pictures } from '../notice/picture.ts';
import type { Reply } from '../notice/text.ts';
import { askerOf } from './asker.ts';
import { actionOfChoice } from './choice.ts';
import { continueDirectly } from './direct.ts';
import { fromDirect } from './direct-action.ts';
import { isPast } from './errors.ts';
import { failureReply } from './failure.ts';
import { openForm, typedInto } from './forms.ts';
import { toLabel } from './markup.ts';
import { answerButton, answerCommand, type OnMessage } from './respond.ts';

/** Whether an answer is private must be said before it is known: these concern only the one who asks. */
const PRIVATE_COMMANDS = new Set(['settings']);
/** Discord takes at most 25 choices of 100 characters, and drops what comes after 3 s. */
const CHOICES = { most: 25, length: 100 } as const;

export interface InteractionDeps {
  chat: ChatService;
  pictures: Pictures;
  /** In which answers are written. */
  inTurn: Turns;
  /** Where messages are counted that go into a direct channel on request. Undefined: they are not. */
  spend?: Spend | undefined;
  log: Log;
  clock: Clock;
  /** How long suggestions may take before none are shown, ms. */
  suggestWithinMs: number;
}

/** Handles one interaction to its end; never throws. */
export async function handleInteraction(interaction: Interaction, deps: InteractionDeps): Promise<void> {
  try {
    if (interaction.isChatInputCommand()) await onCommand(interaction, deps);
    else if (interaction.isButton()) await onButton(interaction, deps);
    else if (interaction.isRoleSelectMenu()) await onMessage(interaction, deps, actionOfChoice(interaction));
    else if (interaction.isModalSubmit()) await onForm(interaction, deps);
    else if (interaction.isAutocomplete()) await onAutocomplete(interaction, deps);
  } catch (error) {
    const line = { interaction: interaction.id, error: describeError(error) };
    if (isPast(error)) deps.log.debug(line, 'discord: interaction is over');
    else deps.log.warn(line, 'discord: interaction failed');
  }
}

async function onCommand(interaction: ChatInputCommandInteraction, deps: InteractionDeps): Promise<void> {
  // Nothing may be awaited before this: Discord gives 3 s, counted from when it sent the interaction.
  await interaction.deferReply(
    PRIVATE_COMMANDS.has(interaction.commandName) ? { flags: MessageFlags.Ephemeral } : {},
  );
  logAcknowledged(interaction, deps);
  await answerCommand(
    interaction,
    await work(interaction, deps, (asker) => deps.chat.command(asker, callOf(interaction))),
    deps,
  );
}

async function onButton(interaction: ButtonInteraction, deps: InteractionDeps): Promise<void> {
  const direct = fromDirect(interaction.customId);
  if (direct !== undefined) return await continueDirectly(interaction, deps, direct);
  if (await openForm(interaction, deps.chat)) return;
  await onMessage(interaction, deps, interaction.customId);
}

/** Does what a button or a choice on a message says. */
async function onMessage(
  interaction: ButtonInteraction | RoleSelectMenuInteraction,
  deps: InteractionDeps,
  action: string,
): Promise<void> {
  await interaction.deferUpdate();
  logAcknowledged(interaction, deps);
  await answerButton(
    interaction,
    await work(interaction, deps, (asker) => deps.chat.press(asker, action)),
    deps,
  );
}

async function onForm(interaction: ModalSubmitInteraction, deps: InteractionDeps): Promise<void> {
  await interaction.deferUpdate();
  logAcknowledged(interaction, deps);
  const fill = (asker: Asker) => deps.chat.fill(asker, interaction.customId, typedInto(interaction));
  await answerButton(interaction, await work(interaction, deps, fill), deps);
}

async function onAutocomplete(interaction: AutocompleteInteraction, deps: InteractionDeps): Promise<void> {
  const { name, value } = interaction.options.getFocused(true);
  const option = OPTION_NAMES.find((known) => known === name);
  const asker = askerOf(interaction);
  const suggestions =
    option === undefined || asker === undefined
      ? []
      : await within(
          deps.suggestWithinMs,
          deps.chat.suggest(asker, option, value, optionsOf(interaction), interaction.commandName),
          deps.log,
        );
  const choices = suggestions
    .map(({ label, value }) => ({ name: toLabel(label, CHOICES.length), value }))
    .filter(({ name, value }) => name !== '' && value !== '' && value.length <= CHOICES.length);
  await interaction.respond(choices.slice(0, CHOICES.most));
}

/** Runs what the person asked for; a failure of ours becomes a plain sentence, so that nobody waits for ever. */
async function work(
  interaction: ChatInputCommandInteraction | OnMessage,
  deps: InteractionDeps,
  job: (asker: Asker) => Promise<Reply | undefined>,
): Promise<Reply | undefined> {
  const asker = askerOf(interaction);
  if (asker === undefined) return failureReply(interaction.locale);
  try {
    return await job(asker);
  } catch (error) {
    deps.log.error({ interaction: interaction.id, error: describeError(error) }, 'discord: no answer');
    return failureReply(interaction.locale);
  }
}

function callOf(interaction: ChatInputCommandInteraction): CommandCall {
  return { name: interaction.commandName, words: [], options: optionsOf(interaction) };
}

function optionsOf(
  interaction: ChatInputCommandInteraction | AutocompleteInteraction,
): CommandCall['options'] {
  const options: Partial<Record<(typeof OPTION_NAMES)[number], string>> = {};
  for (const name of OPTION_NAMES) {
    const value = interaction.options.get(name)?.value;
    if (value !== undefined) options[name] = String(value);
  }
  return options;
}

async function within<T>(ms: number, work: Promise<T[]>, log: Log): Promise<T[]> {
  const controller = new AbortController();
  const none = (error: unknown): T[] => {
    log.debug({ error: describeError(error) }, 'discord: no suggestions');
    return [];
  };
  try {
    return await Promise.race([
      work.catch(none),
      delay(ms, controller.signal).then(
        () => none(new Error(`not within ${ms} ms`)),
        () => [],
      ),
    ]);
  } finally {
    controller.abort();
  }
}

function logAcknowledged(
  interaction: ChatInputCommandInteraction | OnMessage,
  { log, clock }: InteractionDeps,
): void {
  log.debug(
    { interaction: interaction.id, ms: clock.now() - interaction.createdTimestamp },
    'discord: acknowledged',
  );
}
