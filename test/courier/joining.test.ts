import { describe, expect, it, vi } from 'vitest';
import type { EditOutcome } from '../../src/courier/sender.ts';
import type { Chat } from '../../src/store/chat-model.ts';
import type { Mailbox } from '../../src/store/mailbox.ts';
import type { Post } from '../../src/store/post.ts';
import { useOffice } from './office.ts';
import { fakeSender, makeChat, moving } from './support.ts';

describe('a bark that joins a message', () => {
  let chat: Chat;
  let mailbox: Mailbox;
  let post: Post;
  let sender: ReturnType<typeof fakeSender>;
  const office = useOffice(async ({ chats, ...opened }) => {
    ({ mailbox, post } = opened);
    chat = await makeChat(chats, '1');
    sender = fakeSender();
  });
  const [first, second] = [moving('BTCUSDT', 2), moving('ETHUSDT', 3)];

  /** Tells the first, then the second, whose change of the first one's message meets these one after the other. */
  async function tell(...outcomes: EditOutcome[]) {
    await office.start(sender);
    for (const bark of [first, second]) {
      sender.editOutcomes.push(...(bark === second ? outcomes.map((each) => () => each) : []));
      await post.post(chat.uid, 'hi', [bark]);
      await vi.waitFor(async () => expect(await mailbox.size(chat.uid)).toBe(0), {
        timeout: 15_000,
        interval: 10,
      });
    }
    return sender.sent.map(({ events, mayRepeat }) => [events, mayRepeat]);
  }
  const gone: EditOutcome = { type: 'no-message', reason: 'deleted' };
  const lost: EditOutcome = { type: 'ambiguous', reason: 'reset' };

  it('is told anew where the message is gone', async () => {
    expect(await tell(gone)).toEqual([
      [[first.eventId], false],
      [[second.eventId], false],
    ]);
  });

  it('is told anew as what may be a repeat, where the answer to a change was lost before', async () => {
    expect(await tell(lost, gone)).toEqual([
      [[first.eventId], false],
      [[second.eventId], true],
    ]);
  });

  it('is no repeat when the change was surely refused before', async () => {
    const refused: EditOutcome = { type: 'not-sent', retryAfterMs: 5, scope: 'chat', reason: '429' };
    expect(await tell(refused, gone)).toEqual([
      [[first.eventId], false],
      [[second.eventId], false],
    ]);
  });

  it('is changed into the message once more, without a word, where it still can be', async () => {
    expect(await tell(lost)).toEqual([[[first.eventId], false]]);
    expect(sender.edits).toHaveLength(2);
  });
});
