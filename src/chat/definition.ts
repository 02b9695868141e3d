import type { Catalogue } from './locale/en.ts';
import { inEveryLocale } from './locale/index.ts';
import type { CommandDefinition, OptionName } from './model.ts';

/** Names a command for the platforms' menus; its words and those of its options come from the catalogues. */
export function define(
  name: keyof Catalogue['commands'],
  options: readonly {
    name: OptionName;
    /** Whose words describe it, where those of its name do not fit. */
    words?: keyof Catalogue['options'];
    choices?: readonly string[];
    autocomplete?: boolean;
  }[] = [],
  admin = false,
): CommandDefinition {
  return {
    name,
    description: inEveryLocale((t) => t.commands[name]),
    options: options.map(({ words, ...option }) => ({
      ...option,
      description: inEveryLocale((t) => t.options[words ?? option.name]),
    })),
    admin,
  };
}
