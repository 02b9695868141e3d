import { Api } from 'grammy';
import { createTransport, type Transport } from './transport.ts';

export interface TelegramAddress {
  token: string;
  /** Without a slash at the end. */
  apiRoot: string;
  /** How long a connection may take to come up, ms. */
  connectMs?: number;
}

/** A client that gives up after `timeoutSeconds` (grammY's own default is 500), and how to close its connections. */
export function createApi(
  { token, apiRoot, connectMs }: TelegramAddress,
  timeoutSeconds: number,
): { api: Api; close: Transport['close'] } {
  const { fetch, close } = createTransport(apiRoot, connectMs);
  return { api: new Api(token, { apiRoot, timeoutSeconds, fetch }), close };
}

/** Asks for the bot's own name, without @, until Telegram has told it once; undefined meanwhile. */
export function createBotName(api: Api): () => Promise<string | undefined> {
  let known: string | undefined;
  return async () => {
    known ??= await api.getMe().then(
      ({ username }) => username,
      () => undefined,
    );
    return known;
  };
}
