import { describe, expect, it, vi } from 'vitest';
import { delay } from '../../src/kit/duration.ts';
import type { ChatsRepository } from '../../src/store/chats.ts';
import type { Mailbox } from '../../src/store/mailbox.ts';
import { useOffice } from './office.ts';
import { alert, fakeSender, makeChat } from './support.ts';

describe('a store that answers late', () => {
  let mailbox: Mailbox;
  let chats: ChatsRepository;
  const office = useOffice(async (opened) => {
    ({ mailbox, chats } = opened);
  });

  it('makes the courier begin a batch anew, for another may have taken it over meanwhile', async () => {
    let begins = 0;
    const begin: Mailbox['begin'] = async (...args) => {
      const begun = await mailbox.begin(...args);
      begins += 1;
      // Longer than half of the time after which others take over.
      if (begins === 1) await delay(600);
      return begun;
    };
    const sender = fakeSender();
    const { send } = sender;
    let begunAtSend = 0;
    sender.send = async (...args) => {
      begunAtSend = begins;
      return await send(...args);
    };
    const chat = await makeChat(chats, '1');
    await mailbox.put(chat.uid, 'hi', [alert(1)]);
    await office.start(sender, {
      mailbox: { ...mailbox, begin },
      limits: { takeoverMs: 1_000, resendAfterMs: 1, sweepMs: 50 },
    });
    await vi.waitFor(() => expect(sender.sent).toHaveLength(1), { timeout: 20_000 });
    expect(begunAtSend).toBe(2);
    expect(sender.sent.map(({ mayRepeat }) => mayRepeat)).toEqual([false]);
  });
});
