import type { Locale } from '../../store/chat-model.ts';
import type { Catalogue } from '../locale/en.ts';

type Name = keyof Catalogue['commands'];

/** What commands are also called, as people type them; the menus of the platforms take Latin letters only. */
const CALLED: Readonly<Record<Exclude<Locale, 'en'>, Readonly<Partial<Record<Name, readonly string[]>>>>> = {
  ko: {
    start: ['시작'],
    help: ['도움말', '도움'],
    price: ['가격', '시세'],
    analyze: ['분석'],
    chart: ['차트'],
    movers: ['순위'],
    subscribe: ['알림추가', '구독'],
    unsubscribe: ['알림삭제', '구독취소'],
    alerts: ['알림', '알림목록'],
    why: ['왜', '이유'],
    mute: ['음소거'],
    sleep: ['수면'],
    report: ['보고서', '보고'],
    cost: ['비용'],
    settings: ['설정'],
    accuracy: ['적중률'],
    status: ['상태'],
  },
  zh: {
    start: ['开始'],
    help: ['帮助', '幫助'],
    price: ['价格', '價格', '行情'],
    analyze: ['分析'],
    chart: ['图表', '圖表', 'k线'],
    movers: ['涨跌榜', '漲跌榜'],
    subscribe: ['订阅', '訂閱', '设置提醒'],
    unsubscribe: ['退订', '退訂', '删除提醒'],
    alerts: ['提醒', '提醒列表'],
    why: ['为什么', '為什麼', '为何'],
    mute: ['静音', '靜音'],
    sleep: ['免打扰', '免打擾'],
    report: ['报告', '報告'],
    cost: ['费用', '費用', '花费'],
    settings: ['设置', '設定'],
    accuracy: ['准确率', '準確率'],
    status: ['状态', '狀態'],
  },
  ja: {
    start: ['開始', 'スタート'],
    help: ['ヘルプ'],
    price: ['価格', '相場'],
    analyze: ['分析'],
    chart: ['チャート'],
    movers: ['ランキング'],
    subscribe: ['アラート追加', '購読'],
    unsubscribe: ['アラート削除', '購読解除'],
    alerts: ['アラート', 'アラート一覧'],
    why: ['なぜ', '理由'],
    mute: ['ミュート'],
    sleep: ['おやすみ'],
    report: ['レポート'],
    cost: ['費用', 'コスト'],
    settings: ['設定'],
    accuracy: ['的中率'],
    status: ['ステータス', '状態'],
  },
};

const NAME_OF: ReadonlyMap<string, string> = new Map(
  Object.values(CALLED).flatMap((names) =>
    Object.entries(names).flatMap(([name, words]) => words.map((word) => [word, name] as const)),
  ),
);

/** The command that a word is a name of: `가격` is `price`; any other word as it is. */
export function commandNamed(word: string): string {
  return NAME_OF.get(word.slice(0, 32).normalize('NFKC').toLowerCase()) ?? word;
}

/** What a command is also called in a language, the usual word first. */
export function alsoCalled(name: string, locale: Locale): readonly string[] {
  if (locale === 'en') return [];
  const names: Readonly<Record<string, readonly string[]>> = CALLED[locale];
  return names[name] ?? [];
}
