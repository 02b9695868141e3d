import type { TellingWords } from '../en/telling.ts';

/** What is told unasked, and when it is not. */
export const telling: TellingWords = {
  alert: {
    volatility: (range) => `値幅 ${range}`,
    buyers: (ratio) => `成行買いが成行売りの ${ratio}`,
    sellers: (ratio) => `成行売りが成行買いの ${ratio}`,
    funding: (rate) => `資金調達率 ${rate}`,
    liquidation: (notional) => `観測された清算 ${notional}`,
    oi: (change: string) => `建玉 ${change}`,
    sentiment: (value: string) => `AI センチメント ${value}`,
    listed: '上場',
    settling: '決済中',
    delisted: '上場廃止',
    above: (level) => `${level} を上抜け`,
    below: (level) => `${level} を下抜け`,
    now: (price) => `現在 ${price}`,
    volume: (ratio) => `出来高は通常の ${ratio} 倍`,
    still: '前回のアラートから超えたまま',
    suppressed: (count) => `その間の ${count} 回は省略`,
    late: (time) => `遅れて検出（${time}）：データの欠けを補う中で発見`,
    waited: (span) => `遅延：送信まで ${span} 待機`,
    earlier: (count) => `このルールの以前のアラート ${count} 件`,
    repeat: '重複の可能性があります',
    rule: 'ルール',
    ended: 'このルールは終了しました',
    endedHere: 'このルールはこの銘柄では終了しました',
    analyze: (base) => `${base} を分析`,
    chart: 'チャート',
    why: '理由',
    ack: '確認',
    acked: '確認済みにしました。',
    somebody: '誰か',
    quieter: '静かに',
    louder: '敏感に',
    quietest: 'これ以上静かにできません。',
    loudest: 'これ以上敏感にできません。',
    meToo: '私にも',
    test: 'テスト：何も起きていません。アラートはこのように届きます',
  },

  told: {
    since: (change: string, low: string, high: string) => `その後 ${change}、最安 ${low}、最高 ${high}`,
    sinceShort: (change: string) => `その後 ${change}`,
    normal: (clock: string) => `${clock} に平常へ戻りました`,
    seen: (by: string, clock: string) => `${by} さんが ${clock} に確認`,
    wide: (count: string) => `${count} 銘柄`,
    more: (count: string) => `ほか ${count} 件`,
    rest: (count: number) => `この 1 時間のその他のアラート ${count} 件`,
    limit: (messages: number) =>
      `1 時間のアラートが ${messages} 通を超えると、残りは音なしでここにまとめます。数は /settings で変更できます。`,
  },

  feed: {
    degraded: (clock) =>
      `${clock} から市場データがありません。戻るまでアラートは発動できません。戻ったらお知らせします。`,
    recovered: (from, to) => `市場データが戻りました。${from} から ${to} まで監視できませんでした。`,
    back: '市場データが戻りました。',
  },

  ended: {
    expired: 'アラート終了：期限が過ぎました',
    delisted: 'アラート終了：この銘柄は取引されなくなりました',
  },

  digest: {
    title: (count, from, to) => `間に合わなかったアラート ${count} 件（${from} – ${to}）`,
    row: (count, last) => `${count} 回、最後は ${last}`,
  },

  letter: {
    title: (from, to) => `今週のアラートルール、${from} – ${to}`,
    barks: (count) => `合計 ${count} 回鳴りました`,
    useful: '役に立った：誰かが確認したもの',
    noisy: '騒がしい：よく鳴ったが誰も確認しなかったもの',
    others: 'たまに鳴ったもの',
    silent: '一週間静かだったもの',
    row: (barks) => `${barks} 回`,
    withheld: (count) => `うち ${count} 回は保留`,
    acted: (count) => `確認 ${count} 回`,
    quieter: (threshold) => `おすすめ ${threshold}`,
    unnamed: (count) => `ほかに ${count} 件のルールがあります。`,
    end: '手紙を止めるには /settings',
  },

  mute: {
    choose: 'このチャットのアラートをどれくらい止めますか？',
    until: (moment) => `${moment} までアラートを止めます。`,
    switchedOff: 'このチャットではアラートがオフです。/settings を見てください。',
    kindsOff: (kinds) => `このチャットでオフ：${kinds}。/settings を見てください。`,
    sleeping: (to) => `${to} まで静かな時間です。大きな動きだけを知らせます。`,
    night: (from, to) => `静かな時間 ${from} – ${to}`,
    quietNight: '静かな時間に保留したアラートはありません。',
    blind: (span) => `そのうち ${span} は市場データがありませんでした。`,
    digest: 'その間のアラートは数えておき、終わりに一度に知らせます。',
    on: 'アラートを再開しました。',
    button: (span) => `${span} ミュート`,
    untilMorning: '朝まで',
    unmute: 'ミュート解除',
    withheld: (count) => `${count} 件のアラートを保留しました`,
    row: (count, last) => `${count} 回、最後は ${last}`,
  },

  sleep: {
    none: 'ここには静かな時間がありません。',
    set: (from, to, zone) => `静かな時間：${from} から ${to} まで（${zone}）。`,
    extremes:
      'その間は価格アラートと、基準の 2 倍動いたアラートだけを送ります。残りは終わりに一度に知らせます。',
    ended: '静かな時間を終了しました。',
    end: '終了する',
  },

  operator: {
    budget: (percent) => `本日の AI 予算の ${percent} を使いました。`,
    'gateway-auth': 'AI サーバーがキーを拒否しています。HOLYSHEEP_API_KEY を確認してください。',
    'gateway-balance': 'AI の残高がありません。入金してください。',
    'gateway-over': (model) =>
      `AI サーバーが ${model} に許可した以上のトークンを数えています。数えられた通りに記録しました。請求を確認してください。`,
    'gateway-other': (asked, served) =>
      `${asked} を指定しましたが、AI サーバーは ${served} で答えています。料金は ${asked} の価格で計算し、/accuracy は ${served} を別に集計します。`,
    'gateway-changed': (model, before, now) =>
      `同じ文章を、AI サーバーは ${model} で常に ${before} トークンと数えていましたが、${now} トークンになりました。名前の裏のモデル、バージョン、または数え方が変わっています。/accuracy と請求をご確認ください。`,
    'chat-paused': (chat, reason) => `${chat} に投稿できなくなったため一時停止しました：${reason}`,
    'chat-closed': (chat, why) => {
      if (why === 'deleted') return `${chat} がなくなったため、そのアラートを一時停止しました。`;
      const end = 'アラートは残したまま一時停止しています。また投稿できるようになれば、すぐに再開します。';
      if (why === 'removed') return `${chat} から外されました。${end}`;
      if (why === 'rights') return `${chat} に投稿する権限がなくなりました。${end}`;
      return `${chat} に投稿できなくなりました。${end}`;
    },
    'ambiguous-delivery': (chat) => `${chat} へのメッセージは、二重に届いたか届いていない可能性があります。`,
    'everybody-refused': (platform, reason) =>
      `${platform} がすべてのチャットを拒否しています：${reason}。停止したチャットはなく、送信は待機中です。`,
    approval: (chat) => `新しいチャットが承認を求めています：${chat}`,
    approve: '承認',
    approved: (chat) => `承認しました：${chat}`,
  },
};
