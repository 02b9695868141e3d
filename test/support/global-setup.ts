import { silentLog } from '../../src/kit/log.ts';
import { findProgram } from '../../src/store/embedded/server.ts';
import { PROGRAM_DIR } from './redis.ts';

/** Makes sure a Redis server program is there before any test file needs it, so that they do not all fetch it. */
export default async function setup(): Promise<void> {
  await findProgram(PROGRAM_DIR, silentLog());
}
