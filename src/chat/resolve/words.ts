/** Words that commands understand besides those of the alert grammar, in every language, by what they mean. */
const MEANINGS: Readonly<Record<string, readonly string[]>> = {
  all: ['모두', '전부', '전체', '全部', '所有', 'すべて', '全て'],
  off: ['끄기', '끔', '해제', '关闭', '關閉', '停止', 'オフ'],
  morning: ['아침', '아침까지', '早上', '早晨', '到早上', '朝', '朝まで'],
  on: ['켜기', '소리', '开启', '有声', 'オン', '音あり'],
  silent: ['무음', '静音', '音なし'],
  language: ['lang', '언어', '语言', '語言', '言語'],
  timezone: ['tz', 'zone', '시간대', '时区', '時區', 'タイムゾーン'],
  alerts: ['알림', '提醒', 'アラート'],
  reports: ['보고', '报告', '報告', 'レポート'],
  digests: ['digest', '요약', '汇总', '彙總', 'まとめ'],
  notes: ['note', '메모', '설명', '说明', '說明', '説明'],
  barks: ['횟수', '次数', '次數', '回数'],
  normal: ['정상', '恢复', '恢復', '平常'],
  letter: ['편지', '来信', '來信', '手紙'],
  publish: ['게시', '发布', '發佈', '公開'],
  rules: ['규칙', '规则', '規則', 'ルール'],
  everyone: ['모든사람', '所有人', '全員'],
  administrators: ['admins', '관리자', '管理员', '管理員', '管理者'],
  role: ['역할', '身份组', '身分組', 'ロール'],
  now: ['지금', '现在', '現在', '今', '今すぐ'],
  today: ['오늘', '今天', '今日'],
  '7d': ['7일', '7天', '7日'],
  '30d': ['30일', '30天', '30日'],
};

const MEANING_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(MEANINGS).flatMap(([meaning, words]) => words.map((word) => [word, meaning] as const)),
);

/** What a word means: `모두` is `all`; any other word in lower case and Unicode form NFKC. */
export function meaningOf(word: string): string {
  const normal = word.slice(0, 64).normalize('NFKC').toLowerCase();
  return MEANING_OF.get(normal) ?? normal;
}
