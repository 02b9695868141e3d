import type { Reply } from '../notice/text.ts';

/** Said when our own side fails before the chat room could answer, in the language of the person's Discord. */
const SENTENCES: Readonly<Record<string, string>> = {
  en: 'Something went wrong on my side. Please try again in a minute.',
  ko: '제 쪽에서 문제가 생겼습니다. 잠시 후 다시 시도해 주세요.',
  ja: 'こちらで問題が発生しました。少し待ってからもう一度お試しください。',
  zh: '我这边出了点问题，请稍后再试。',
};

/** A personal apology for an error that is ours. */
export function failureReply(locale: string): Reply {
  const sentence = SENTENCES[locale.split('-')[0] ?? 'en'] ?? SENTENCES.en ?? '';
  return { text: [{ type: 'text', line: [sentence] }], personal: true };
}
