import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { withoutRepeats } from './repeats.ts';

export type Log = Logger;

// Telegram bot tokens, Discord bot tokens, interaction and webhook tokens in URLs, bearer keys, URL passwords.
const SECRET_SHAPES: readonly [RegExp, string][] = [
  [/\b\d{6,12}:[A-Za-z0-9_-]{30,}/g, '[redacted]'],
  [/\/bot\d+:[\w-]+/g, '/bot[redacted]'],
  [/\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}/g, '[redacted]'],
  [/\/(interactions|webhooks)\/(\d+)\/[\w-]+/g, '/$1/$2/[redacted]'],
  [/\b(Bearer|Bot) [\w.~+/-]{8,}=*/g, '$1 [redacted]'],
  [/(\w+:\/\/[^\s:/@]*):[^\s/@]+@/g, '$1:[redacted]@'],
];

/** Returns a function that removes every known secret and everything shaped like one from a text. */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const known = secrets.filter((secret) => secret.length >= 4).sort((a, b) => b.length - a.length);
  return (text) => {
    let out = text;
    for (const secret of known) out = out.replaceAll(secret, '[redacted]');
    for (const [shape, replacement] of SECRET_SHAPES) out = out.replace(shape, replacement);
    return out;
  };
}

/**
 * The process' log: JSON lines on stdout, readable lines on a terminal.
 * Every line passes the redactor as a whole, so no field, message or stack can carry a secret out; what repeats itself is
 * said once in ten seconds.
 */
export function createLog(options: {
  level: string;
  secrets: readonly string[];
  pretty?: boolean;
  write?: (line: string) => void;
}): Log {
  const redact = createRedactor(options.secrets);
  const toOut = options.write ?? ((line: string) => process.stdout.write(line));
  const write = withoutRepeats(options.pretty ? prettyWriter(toOut) : toOut);
  return pino({ level: options.level, base: null }, { write: (line: string) => write(redact(line)) });
}

function prettyWriter(out: (line: string) => void): (line: string) => void {
  const format = pretty.prettyFactory({
    colorize: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
  });
  return (line) => out(format(JSON.parse(line)));
}

/** A log that says nothing; for tests and tools. */
export function silentLog(): Log {
  return pino({ level: 'silent' });
}
