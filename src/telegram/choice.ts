import type { Api } from 'grammy';
import type { ChatAdministratorRights, KeyboardButtonRequestChat } from 'grammy/types';
import type { Choice, Text } from '../notice/text.ts';
import { destinationOf } from './destination.ts';
import type { Scene } from './incoming.ts';
import { renderMessage } from './render.ts';

/** None of an administrator's rights; Telegram wants each one named. */
const NO_RIGHTS: ChatAdministratorRights = {
  is_anonymous: false,
  can_manage_chat: false,
  can_delete_messages: false,
  can_manage_video_chats: false,
  can_restrict_members: false,
  can_promote_members: false,
  can_change_info: false,
  can_invite_users: false,
  can_post_stories: false,
  can_edit_stories: false,
  can_delete_stories: false,
  can_send_welcome_messages: false,
};

/** A channel that the person may post in; Telegram adds the bot there, with the right to post, as it is picked. */
const CHANNEL: KeyboardButtonRequestChat = {
  request_id: 1,
  chat_is_channel: true,
  user_administrator_rights: { ...NO_RIGHTS, can_manage_chat: true, can_post_messages: true },
  bot_administrator_rights: { ...NO_RIGHTS, can_manage_chat: true, can_post_messages: true },
};

/** A group that the person administers and the bot is in. */
const GROUP: KeyboardButtonRequestChat = {
  request_id: 2,
  chat_is_channel: false,
  user_administrator_rights: { ...NO_RIGHTS, can_manage_chat: true },
  bot_is_member: true,
};

/** Asks for one of the person's own chats by Telegram's list of them; works in private chats only. */
export async function askForChat(
  api: Api,
  scene: Scene,
  text: Text,
  choice: Extract<Choice, { type: 'chat' }>,
): Promise<void> {
  await api.raw.sendMessage({
    ...destinationOf(scene.address),
    text: renderMessage(text).html,
    parse_mode: 'HTML',
    reply_markup: {
      keyboard: [
        [
          { text: choice.channel, request_chat: CHANNEL },
          { text: choice.group, request_chat: GROUP },
        ],
      ],
      resize_keyboard: true,
      one_time_keyboard: true,
    },
  });
}
