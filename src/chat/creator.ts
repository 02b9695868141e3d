import type { Context } from './context.ts';

/** Who sets a rule, `platform:userId`; a channel post has no author but the channel. */
export function creatorOf({ asker }: Pick<Context, 'asker'>): string {
  return `${asker.address.platform}:${asker.userId ?? asker.address.chatId}`;
}
