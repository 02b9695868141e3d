import { type ButtonInteraction, MessageFlags, RESTJSONErrorCodes } from 'discord.js';
import type { ChatService } from '../chat/model.ts';
import type { Spend } from '../courier/spend.ts';
import type { Reply } from '../notice/text.ts';
import { askerOfDirect } from './asker.ts';
import { withChoice } from './choice.ts';
import { apiCode } from './errors.ts';
import { renderReply } from './render.ts';

interface Words {
  told: string;
  closed: string;
}

/** Said where the button was, in the language of the person's Discord. */
const WORDS: Readonly<Record<string, Words>> = {
  en: {
    told: 'I wrote to you directly.',
    closed: 'I cannot write to you. Allow direct messages from members of this server, and press again.',
  },
  ko: {
    told: '다이렉트 메시지를 보냈습니다.',
    closed: '메시지를 보낼 수 없습니다. 이 서버 멤버의 다이렉트 메시지를 허용한 뒤 다시 눌러 주세요.',
  },
  ja: {
    told: 'ダイレクトメッセージを送りました。',
    closed:
      'メッセージを送れません。このサーバーのメンバーからのダイレクトメッセージを許可して、もう一度押してください。',
  },
  zh: {
    told: '我已私信给你。',
    closed: '我无法私信你。请允许来自此服务器成员的私信，然后再按一次。',
  },
};

/** Goes on in the direct channel with whoever pressed, and says so where he pressed, to him alone. */
export async function continueDirectly(
  interaction: ButtonInteraction,
  { chat, spend }: { chat: Pick<ChatService, 'press'>; spend?: Spend | undefined },
  action: string,
): Promise<void> {
  await interaction.deferReply({ flags: MessageFlags.Ephemeral });
  const { user, locale } = interaction;
  const asker = askerOfDirect(user, locale);
  const reply = await chat.press(asker, action);
  const words = WORDS[locale.split('-')[0] ?? 'en'] ?? WORDS.en;
  // Barks to this person have the same limit, and the whole bot's: they make room.
  if (reply) void spend?.call(asker.address, asker.chatType);
  const isTold = reply !== undefined && (await tell(interaction, reply));
  await interaction.editReply({ content: (isTold ? words?.told : words?.closed) ?? '' });
}

/** False: the person takes no direct messages. */
async function tell({ user }: ButtonInteraction, reply: Reply): Promise<boolean> {
  try {
    await user.send(withChoice(renderReply(reply.text, reply.buttons), reply.choice));
    return true;
  } catch (error) {
    if (apiCode(error) !== RESTJSONErrorCodes.CannotSendMessagesToThisUser) throw error;
    return false;
  }
}
