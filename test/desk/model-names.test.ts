import { expect, it } from 'vitest';
import { isSameModel } from '../../src/desk/model-names.ts';

it.each([
  ['gpt-4.1', 'gpt-4.1', true],
  ['gpt-4.1', 'gpt-4.1-2025-04-14', true],
  ['openai/gpt-4.1', 'GPT-4.1', true],
  ['claude-sonnet-4.5', 'claude-sonnet-4-5-20250929', true],
  ['claude-sonnet-4.5', 'anthropic/claude-sonnet-4-5-latest', true],
  ['deepseek/deepseek-chat-v3-0324', 'deepseek-chat-v3-0324', true],
  ['gpt-4.1', 'gpt-4.1-mini', false],
  ['gpt-4.1', 'gpt-4o', false],
  ['deepseek/deepseek-chat-v3-0324', 'deepseek-v3.2', false],
  ['claude-sonnet-4.5', 'claude-sonnet-4', false],
])('%s, served as %s, is the same model: %s', (asked, served, same) => {
  expect(isSameModel(asked, served)).toBe(same);
});
