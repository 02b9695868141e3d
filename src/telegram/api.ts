import { Api, type ApiClientOptions } from 'grammy';
import { createTransport, type Transport } from './transport.ts';

export interface TelegramAddress {
  token: string;
  /** Without a slash at the end. */
  apiRoot: string;
}

/** A client that gives up after `timeoutSeconds`; grammY's own default is 500. */
export function createApi(
  { token, apiRoot }: TelegramAddress,
  timeoutSeconds: number,
): { api: Api; close: Transport['close'] } {
  const transport = createTransport(apiRoot);
  return { api: new Api(token, clientOptions(apiRoot, timeoutSeconds, transport)), close: transport.close };
}

/** grammY's options for a client over `transport`. */
export function clientOptions(
  apiRoot: string,
  timeoutSeconds: number,
  transport: Transport,
): ApiClientOptions {
  return { apiRoot, timeoutSeconds, fetch: transport.fetch };
}
