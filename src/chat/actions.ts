/** Buttons carry all they need in at most 64 bytes (Telegram's limit), so nothing is kept for them. */
const VERSION = 'v1';
const MAX_BYTES = 64;

/** Packs a button's meaning as `v1:<name>:<arg>:…`; throws when it does not fit, which is a fault of the program. */
export function packAction(name: string, ...args: readonly string[]): string {
  const action = [VERSION, name, ...args].join(':');
  if (Buffer.byteLength(action) > MAX_BYTES) throw new Error(`button too long: ${action}`);
  return action;
}

/** Unpacks what a button carried; undefined for another version or anything else. */
export function unpackAction(action: string): { name: string; args: readonly string[] } | undefined {
  if (Buffer.byteLength(action) > MAX_BYTES) return undefined;
  const [version, name, ...args] = action.split(':');
  return version === VERSION && name !== undefined && name !== '' ? { name, args } : undefined;
}
