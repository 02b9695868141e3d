/** `node src/tools/command-docs.ts`: writes `docs/COMMANDS.md` from the commands' definitions. */
import { writeFileSync } from 'node:fs';
import { COMMANDS } from '../chat/commands/index.ts';
import { commandsPage } from './command-docs/page.ts';

const PAGE = new URL('../../docs/COMMANDS.md', import.meta.url);

writeFileSync(PAGE, commandsPage(COMMANDS.map(({ definition }) => definition)));
