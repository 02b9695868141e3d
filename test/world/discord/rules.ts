import { z } from 'zod';

/** An answer other than success, as Discord's API words it. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: number;
  readonly details: unknown;

  constructor(status: number, code: number, message: string, details?: unknown) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

const LOCALES = ['en-US', 'en-GB', 'ko', 'ja', 'zh-CN', 'zh-TW', 'de', 'fr', 'es-ES', 'pt-BR'] as const;
const commandName = z
  .string()
  .regex(/^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u)
  .refine((name) => name === name.toLowerCase());
const description = z.string().min(1).max(100);
const localised = z.partialRecord(z.enum(LOCALES), description).nullish();
const choice = z.looseObject({ name: z.string().min(1).max(100), value: z.string().min(1).max(100) });

const option = z
  .looseObject({
    type: z.union([z.literal(3), z.literal(7)]),
    name: commandName,
    description,
    description_localizations: localised,
    required: z.boolean().optional(),
    choices: z.array(choice).max(25).optional(),
    autocomplete: z.boolean().optional(),
    channel_types: z.array(z.int()).optional(),
  })
  .refine((it) => !(it.choices && it.autocomplete), 'choices exclude autocomplete')
  .refine((it) => it.type === 7 || it.channel_types === undefined, 'channel_types only on channel options');

const command = z
  .looseObject({
    type: z.literal(1),
    name: commandName,
    description,
    name_localizations: z.partialRecord(z.enum(LOCALES), commandName).nullish(),
    description_localizations: localised,
    options: z.array(option).max(25).optional(),
    default_member_permissions: z.string().regex(/^\d+$/).nullish(),
    contexts: z.array(z.union([z.literal(0), z.literal(1), z.literal(2)])).optional(),
    integration_types: z.array(z.union([z.literal(0), z.literal(1)])).optional(),
  })
  .refine((it) => lengthOf(it) <= 8000, 'longer than 8000 characters')
  .refine((it) => unique((it.options ?? []).map(({ name }) => name)), 'option names repeat');

export type FakeCommand = z.infer<typeof command>;

const embed = z
  .looseObject({
    title: z.string().max(256).optional(),
    description: z.string().max(4096).optional(),
    color: z.int().min(0).max(0xffffff).optional(),
    fields: z
      .array(z.looseObject({ name: z.string().min(1).max(256), value: z.string().min(1).max(1024) }))
      .max(25)
      .optional(),
    image: z.looseObject({ url: z.string().regex(/^(?:https|attachment):\/\//) }).optional(),
    footer: z.looseObject({ text: z.string().max(2048) }).optional(),
  })
  .refine((it) => it.title || it.description || it.fields?.length, 'empty embed');

const button = z
  .looseObject({
    type: z.literal(2),
    style: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
    label: z.string().min(1).max(80),
    custom_id: z.string().min(1).max(100),
    disabled: z.boolean().optional(),
  })
  .refine((it) => !('url' in it), 'a link button has no custom_id');

const roleSelect = z.looseObject({
  type: z.literal(6),
  custom_id: z.string().min(1).max(100),
  placeholder: z.string().max(150).optional(),
});

const row = z.looseObject({
  type: z.literal(1),
  components: z.union([z.array(button).min(1).max(5), z.array(roleSelect).length(1)]),
});

const textInput = z.looseObject({
  type: z.literal(4),
  custom_id: z.string().min(1).max(100),
  style: z.union([z.literal(1), z.literal(2)]),
  label: z.string().min(1).max(45),
  placeholder: z.string().max(100).optional(),
  required: z.boolean().optional(),
  max_length: z.int().min(1).max(4000).optional(),
});

const form = z.looseObject({
  custom_id: z.string().min(1).max(100),
  title: z.string().min(1).max(45),
  components: z
    .array(z.looseObject({ type: z.literal(1), components: z.array(textInput).length(1) }))
    .min(1)
    .max(5),
});

export type FakeForm = z.infer<typeof form>;

const components = z
  .array(row)
  .max(5)
  .refine(
    (rows) => unique(rows.flatMap((row) => row.components.map((it) => it.custom_id))),
    'custom_id repeats',
  );

const message = z.looseObject({
  content: z.string().max(2000).nullish(),
  embeds: z.array(embed).max(10).nullish(),
  components: components.nullish(),
  flags: z.int().optional(),
  nonce: z.union([z.string().max(25), z.int()]).nullish(),
  enforce_nonce: z.boolean().optional(),
  allowed_mentions: z
    .strictObject({
      parse: z.array(z.enum(['users', 'roles', 'everyone'])).optional(),
      users: z.array(z.string()).optional(),
      roles: z.array(z.string()).optional(),
      replied_user: z.boolean().optional(),
    })
    .nullish(),
});

export type MessagePayload = z.infer<typeof message>;

/** Accepts a bulk overwrite of commands as Discord would, or throws its 50035. */
export function checkCommands(body: unknown): FakeCommand[] {
  return check(
    z
      .array(command)
      .max(100)
      .refine((all) => unique(all.map(({ name }) => name)), 'names repeat'),
    body,
  );
}

/** Accepts a message's body as Discord would, or throws its 50035 or 50006. */
export function checkMessage(body: unknown, files: number): MessagePayload {
  const payload = check(message, body);
  const lengths = (payload.embeds ?? []).map((it) => (it.title ?? '').length + (it.description ?? '').length);
  if (lengths.reduce((sum, length) => sum + length, 0) > 6000) throw invalid('embeds exceed 6000');
  if (!payload.content && !payload.embeds?.length && !payload.components?.length && files === 0) {
    throw new ApiError(400, 50006, 'Cannot send an empty message');
  }
  return payload;
}

/** Accepts a form. */
export function checkForm(body: unknown): FakeForm {
  return check(form, body);
}

/** Accepts an autocomplete result. */
export function checkChoices(body: unknown): { name: string; value: string }[] {
  return check(z.object({ choices: z.array(choice).max(25) }), body).choices;
}

function check<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (!result.success) throw invalid(z.prettifyError(result.error));
  return result.data;
}

function invalid(details: string): ApiError {
  return new ApiError(400, 50035, 'Invalid Form Body', details);
}

function unique(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

/** Name, description and choices of everything, the longest language counted. */
function lengthOf(it: { name: string; description: string; options?: unknown }): number {
  const own = it.name.length + longest(it, 'description');
  const options = z.array(z.looseObject({ name: z.string(), description: z.string() })).safeParse(it.options);
  return (options.data ?? []).reduce(
    (sum, each) => sum + each.name.length + longest(each, 'description'),
    own,
  );
}

function longest(it: object, field: 'description'): number {
  const texts = z.looseObject({ description: z.string(), description_localizations: localised }).parse(it);
  return Math.max(
    texts[field].length,
    ...Object.values(texts.description_localizations ?? {}).map((text) => text.length),
  );
}

/** What a reader sees: without Discord's escapes and invisible characters. */
export function visibleText(markdown: string): string {
  return markdown.replace(/\\([^0-9A-Za-z\s])/g, '$1').replaceAll('\u200b', '');
}

/** Mentions in a content that its `allowed_mentions` lets ping. */
export function pings(content: string, allowed: MessagePayload['allowed_mentions']): string[] {
  const found = content.match(/@everyone|@here|<@[!&]?\d+>/g) ?? [];
  return found.filter((mention) => {
    if (allowed === undefined || allowed === null) return true;
    const id = mention.replace(/\D/g, '');
    if (mention.startsWith('<@&')) return allowed.parse?.includes('roles') || allowed.roles?.includes(id);
    if (mention.startsWith('<@')) return allowed.parse?.includes('users') || allowed.users?.includes(id);
    return allowed.parse?.includes('everyone');
  });
}

/** Markup with an effect beyond looks that a client would act on: mentions, links, channel and command references. */
export function liveMarkup(markdown: string): string[] {
  // As the client's parser reads: from the left, an escape or a code span swallows what is in it.
  const readable = markdown.replace(/\\[^0-9A-Za-z\s]|`[^`]+`/g, '\u0000');
  return (
    readable.match(
      /@everyone|@here|<(?:@[!&]?|#|:|a:|\/|id:)[^>\s]*>|\w+:\/\/\S+|discord\.gg\/\w+|\[[^\]]*\]\([^)]*\)/g,
    ) ?? []
  );
}

/** What a body may hold of these. */
export function record(body: unknown): { type?: unknown; data?: unknown; recipient_id?: unknown } {
  return typeof body === 'object' && body !== null ? body : {};
}
