import { randomBytes, randomInt } from 'node:crypto';

// Without 0/o, 1/l/i: a person reads ids aloud and types them on a phone.
const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz';

/** Six letters or digits: a rule's id, without the `#` that people see before it. */
export function shortId(): string {
  let id = '';
  for (let i = 0; i < 6; i++) id += ALPHABET[randomInt(ALPHABET.length)];
  return id;
}

/** 96 random bits in base64url, for chats, analyses and processes. */
export function longId(): string {
  return randomBytes(12).toString('base64url');
}
