/** Telegram's limit of what a deep link carries, of the characters that base64url has (Bot API, "Deep Linking"). */
const MAX_PAYLOAD = 64;
const VERSION = 'v1:';

/** A link that opens the private chat with the bot and does there what a button would; undefined: it does not fit. */
export function linkTo(botName: string, action: string): string | undefined {
  if (!action.startsWith(VERSION)) return undefined;
  const payload = Buffer.from(action.slice(VERSION.length)).toString('base64url');
  return payload.length <= MAX_PAYLOAD ? `https://t.me/${botName}?start=${payload}` : undefined;
}

/** The action that a link carried. Anybody can write one: what it may do is for the chat room to say. */
export function actionOfLink(payload: string): string | undefined {
  if (payload.length > MAX_PAYLOAD || !/^[\w-]+$/.test(payload)) return undefined;
  const text = Buffer.from(payload, 'base64url').toString('utf8');
  return /^[^\p{C}\uFFFD]+$/u.test(text) ? VERSION + text : undefined;
}
