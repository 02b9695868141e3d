/** A warning that was written less than so long ago is not written again, ms. */
const QUIET_MS = 10_000;
/** Different warnings that are remembered; beyond these the oldest is. */
const MOST = 500;

const HEAD = /^\{"level":(\d+),"time":(\d+),/;
const WARN = 40;

/**
 * Passes lines of the log on (JSON, each beginning with its level and time), but of warnings and errors that are equal but
 * for their time one in ten seconds, with how many were left out before it (`repeated`): a disk that is full fails every
 * step of every loop, and the log would fill what is left of it.
 */
export function withoutRepeats(write: (line: string) => void): (line: string) => void {
  const told = new Map<string, { at: number; leftOut: number }>();
  return (line) => {
    const [head, level, time] = HEAD.exec(line) ?? [];
    if (head === undefined || Number(level) < WARN) return write(line);
    const said = line.slice(head.length);
    const at = Number(time);
    const last = told.get(said);
    if (last && at - last.at < QUIET_MS) {
      last.leftOut++;
      return;
    }
    told.delete(said);
    told.set(said, { at, leftOut: 0 });
    const [oldest] = told.keys();
    if (told.size > MOST && oldest !== undefined) told.delete(oldest);
    write(last?.leftOut ? line.replace(/\}(\s*)$/, `,"repeated":${last.leftOut}}$1`) : line);
  };
}
