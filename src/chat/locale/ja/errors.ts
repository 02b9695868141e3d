import type { ErrorsWords } from '../en/errors.ts';

/** What a person is told who was misunderstood. */
export const errors: ErrorsWords = {
  error: {
    'symbol-unknown': (a) => `「${a.word}」は知らない銘柄です。近いもの：${a.nearest}。`,
    'symbol-second': (a) => `「${a.word}」は二つ目の銘柄です。一度に一つだけ書いてください。`,
    'symbol-closed': (a) => `${a.word} は現在取引されていません。`,
    'feed-missing': () => '市場フィードがまだありません。数秒後にもう一度どうぞ。',
    'admin-only': () => 'このチャットの管理者だけができます。',
    'channel-unknown': (a) => `「${a.word}」が見えません。私をそこの管理者に追加し、@名前を書いてください。`,
    'channel-not-admin': (a) => `あなたは「${a.word}」の管理者ではありません。`,
    'channel-missing': (a) => `「${a.word}」に投稿できません。足りない権限：${a.missing}。`,
    'rule-unknown': (a) => `アラート「${a.word}」はここにありません。ID は /alerts で見られます。`,
    'rule-limit': (a) => `このチャットのアラートは上限の ${a.limit} 件です。先に一つ削除してください。`,
    'interval-unknown': (a) =>
      `「${a.word}」はローソク足の間隔ではありません。1m、5m、15m、1h、4h、1d があります。`,
    'hours-invalid': (a) => `「${a.word}」は時間帯ではありません。HH:MM-HH:MM のように書いてください。`,
    'language-unknown': (a) => `「${a.word}」は話せない言語です。en、ko、zh、ja から選んでください。`,
    'zone-unknown': (a) => `「${a.word}」というタイムゾーンはありません。近いもの：${a.nearest}。`,
    'sound-unknown': (a) => `「${a.word}」は通知音の設定ではありません。on、silent、off があります。`,
    'setting-unknown': (a) =>
      `「${a.word}」という設定はありません。language、tz、alerts、reports、funding などの各種類、notes、letter、barks、rules、role があります。`,
    'period-unknown': (a) => `「${a.word}」は期間でも時刻でもありません。期間：today、7d、30d。`,
    'time-invalid': (a) =>
      `「${a.word}」は時刻ではありません。00:00 から 23:59 までの HH:MM で書いてください。`,
    word: (a) => `ここでは「${a.word}」が分かりません。`,
    kind: (a) =>
      `「${a.word}」はアラートの種類ではありません。volatility、move、price、volume、ratio、funding、oi、liquidation、sentiment、listing があります。`,
    'kind-on-all': (a) =>
      `「${a.word}」（${a.kind}）は全銘柄を一度に監視できません。できるのは move、price、volatility、volume、funding、liquidation、listing です。`,
    'sigma-kind': (a) =>
      `「${a.word}」：${a.kind} は標準偏差（σ）では測れません。move と volatility だけです。`,
    'listing-bare': (a) => `上場アラートにはしきい値も期間もありません。「${a.word}」を外してください。`,
    'and-missing': (a) => `「${a.word}」の後には二つ目の条件の種類としきい値を書いてください。`,
    'and-listing': (a) => `上場（「${a.word}」）は他の条件と結べません。`,
    threshold: (a) =>
      a.kind === undefined
        ? `「${a.word}」はしきい値ではありません。1%、+2%、-2%、または 70000 のような価格を書いてください。`
        : `「${a.word}」は${a.kind}のしきい値にできません。`,
    'threshold-bounds': (a) => `しきい値「${a.word}」は範囲外です：${a.min} から ${a.max} まで。`,
    window: (a) => `「${a.word}」は期間ではありません。1m、5m、15m、1h、4h、24h があります。`,
    'window-short': (a) =>
      `「${a.word}」は${a.kind}には短すぎます。取引所は問い合わせたときにしか値を出しません。最短は ${a.min} です。`,
    twice: (a) => `「${a.word}」はすでに書いたことの繰り返しです。`,
    option: (a) =>
      `「${a.word}」はオプションではありません。once、repeat、cooldown、for、until、and があります。`,
    duration: (a) => `「${a.word}」は時間の長さではありません。30s、10m、1h のように書いてください。`,
    'duration-bounds': (a) => `時間の長さ「${a.word}」は範囲外です：${a.min} から ${a.max} まで。`,
    date: (a) => `「${a.word}」は日付ではありません。YYYY-MM-DD で書いてください。`,
    'until-past': (a) => `「${a.word}」はもう過ぎています。`,
    'kind-missing': () =>
      '何を監視するか書いてください：volatility、move、price、volume、ratio、funding、oi、liquidation、sentiment、listing。',
    'price-sign': (a) =>
      `「${a.word}」：価格に符号は付けません。どちら側からでもその価格を横切ると通知します。${a.level} と入力してください。`,
    'price-missing': () => '価格アラートには価格が必要です。',
    'price-unknown': (a) => `${a.word} の価格がまだ分かりません。数秒後にもう一度どうぞ。`,
    'price-too-near': (a) =>
      `「${a.word}」は現在の価格（${a.last}）に近すぎます。${a.distance} 以上離してください。`,
    channel: (a) => `「${a.word}」はチャンネルではありません。@名前を書いてください。`,
    'choice-unknown': (a) => `ここでは「${a.word}」は使えません。使えるもの：${a.choices}。`,
    'not-here': () => 'この種類のチャットにはない設定です。',
    'role-everyone': () => '全員は呼び出しません。別のロールを選んでください。',
  },
};
