import type { FakeState } from './api.ts';
import type { FakeGateway } from './gateway.ts';
import type { FakeChannel, FakeFault, FakeGuild, FakeInteraction, FakeMessage, FakeUser } from './model.ts';

/** A strict loopback Discord: REST and gateway, with one server, one channel, an administrator and a member. */
export interface FakeDiscord {
  /** For `DISCORD_API_URL`. */
  readonly apiUrl: string;
  /** The only token that is accepted. */
  readonly token: string;
  readonly state: FakeState;
  readonly gateway: FakeGateway;
  readonly guild: FakeGuild;
  readonly channel: FakeChannel;
  readonly admin: FakeUser;
  readonly member: FakeUser;
  /** What a client did that the real Discord would not take kindly; a test ends with this empty. */
  readonly violations: string[];

  addUser(user?: Partial<FakeUser>): FakeUser;
  addGuild(name: string): FakeGuild;
  addChannel(
    guild: FakeGuild,
    channel?: Partial<Pick<FakeChannel, 'name' | 'type' | 'botPermissions'>>,
  ): FakeChannel;
  addThread(parent: FakeChannel, name: string): FakeChannel;
  /** The direct channel between a user and the bot. */
  directChannel(user: FakeUser): FakeChannel;
  deleteChannel(channel: FakeChannel): void;
  /** The bot is thrown out (or Discord has an outage of this server). */
  removeGuild(guild: FakeGuild, unavailable?: boolean): void;

  /** A person sends a registered command; options as text, a channel option as its id. */
  command(
    name: string,
    options?: Readonly<Record<string, string>>,
    where?: { user?: FakeUser; channel?: FakeChannel },
  ): FakeInteraction;
  /** A person types into an option; the others are already filled. */
  autocomplete(
    name: string,
    option: string,
    typed: string,
    where?: { user?: FakeUser; channel?: FakeChannel },
  ): FakeInteraction;
  /** Somebody uses a command that he brought along (user install) in a server or a chat where the bot is not. */
  visit(
    name: string,
    options: Readonly<Record<string, string>>,
    user: FakeUser,
    where: 'server' | 'chat',
  ): FakeInteraction;
  /** A person presses a button that this message carries. */
  press(message: FakeMessage, customId: string, user?: FakeUser): FakeInteraction;
  /** A person chooses a role in the list that this message carries. */
  choose(message: FakeMessage, roleId: string, user?: FakeUser): FakeInteraction;
  /** A person fills in the form that a press was answered with. */
  fill(pressed: FakeInteraction, typed: string, user?: FakeUser): FakeInteraction;

  /** The next `times` requests that match go wrong. */
  fault(fault: Omit<FakeFault, 'times'> & { times?: number }): void;
  /** The first value that is not undefined or false, looked for whenever something happens. */
  waitFor<T>(what: string, find: () => T | undefined | false, timeoutMs?: number): Promise<T>;
  /** The message that answers an interaction: its original once filled, or the first follow-up. */
  answered(interaction: FakeInteraction, timeoutMs?: number): Promise<FakeMessage>;
  /** The first message posted in a channel (not as an answer) whose visible words match. */
  posted(channel: FakeChannel, words?: RegExp, timeoutMs?: number): Promise<FakeMessage>;
  stop(): Promise<void>;
}

export interface FakeDiscordOptions {
  token?: string;
  heartbeatMs?: number;
  rateLimit?: { limit: number; windowMs: number };
  /** Recommended connections. */
  shards?: number;
  ackMs?: number;
  tokenMs?: number;
}
