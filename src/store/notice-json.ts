import { z } from 'zod';
import type { Notice } from '../notice/notice.ts';

const NOTICE_TYPES = [
  'alert',
  'digest',
  'cost',
  'report',
  'withheld',
  'letter',
  'feed',
  'rule-ended',
  'operator',
] as const satisfies readonly Notice['type'][];

const noticeHead = z.looseObject({ type: z.enum(NOTICE_TYPES), eventId: z.string().min(1) });

/** A notice as it was put into Redis by this program: what it says it is, and its event id, are checked. */
export const noticeSchema = z.custom<Notice>((value) => noticeHead.safeParse(value).success);
