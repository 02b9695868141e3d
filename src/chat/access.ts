import { type Address, type Chat, listedName } from '../store/chat-model.ts';
import type { AccessPolicy, Asker } from './model.ts';

/** The asker may see and do what concerns the whole bot. The console has its own lock: who sits there owns the bot. */
export function isOperator(policy: AccessPolicy, asker: Asker): boolean {
  const { platform } = asker.address;
  if (platform === 'console') return true;
  return asker.userId !== undefined && policy.operators.has(`${platform}:${asker.userId}`);
}

/** May this chat use the bot at all? Under `list` only listed chats, the console, and operators wherever they are. */
export function admits(policy: AccessPolicy, address: Address, asker: Asker | undefined): boolean {
  if (policy.access !== 'list' || address.platform === 'console') return true;
  return isListed(policy, address) || (asker !== undefined && isOperator(policy, asker));
}

/** Is a new chat free of the limits that wait for an operator's approval? */
export function startsApproved(policy: AccessPolicy, address: Address, byOperator: boolean): boolean {
  return policy.access !== 'approval' || byOperator || isListed(policy, address);
}

/** Is a known chat free of those limits now? One that came under `approval` is, once the bot is open again. */
export function isFree(policy: AccessPolicy, chat: Chat, byOperator: boolean): boolean {
  return chat.approved || startsApproved(policy, chat.address, byOperator);
}

function isListed(policy: AccessPolicy, address: Address): boolean {
  return policy.allowed.has(listedName(address));
}
