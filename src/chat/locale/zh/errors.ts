import type { ErrorsWords } from '../en/errors.ts';

/** What a person is told who was misunderstood. */
export const errors: ErrorsWords = {
  error: {
    'symbol-unknown': (a) => `不认识“${a.word}”。最接近的：${a.nearest}。`,
    'symbol-second': (a) => `“${a.word}”是第二个合约：一次只能写一个。`,
    'symbol-closed': (a) => `${a.word} 目前不在交易。`,
    'feed-missing': () => '行情还没有就绪。请几秒后再试。',
    'admin-only': () => '只有本聊天的管理员可以这样做。',
    'channel-unknown': (a) => `看不到“${a.word}”。请把我加为那里的管理员，并写它的 @名称。`,
    'channel-not-admin': (a) => `您不是“${a.word}”的管理员。`,
    'channel-missing': (a) => `无法在“${a.word}”发消息。缺少权限：${a.missing}。`,
    'rule-unknown': (a) => `这里没有提醒“${a.word}”。编号见 /alerts。`,
    'rule-limit': (a) => `本聊天已有 ${a.limit} 个提醒，达到上限。请先删除一个。`,
    'interval-unknown': (a) => `“${a.word}”不是 K 线周期。可用 1m、5m、15m、1h、4h、1d。`,
    'hours-invalid': (a) => `“${a.word}”不是时段。请写成 HH:MM-HH:MM。`,
    'language-unknown': (a) => `我不会“${a.word}”这种语言。可选 en、ko、zh、ja。`,
    'zone-unknown': (a) => `没有“${a.word}”这个时区。相近的有：${a.nearest}。`,
    'sound-unknown': (a) => `“${a.word}”不是提示音设置。可选 on、silent、off。`,
    'setting-unknown': (a) =>
      `没有“${a.word}”这项设置。有 language、tz、alerts、reports、funding 等各类提醒、notes、letter、barks、rules、role。`,
    'period-unknown': (a) => `“${a.word}”不是期间，也不是时间。期间：today、7d、30d。`,
    'time-invalid': (a) => `“${a.word}”不是时间。请写成 HH:MM，从 00:00 到 23:59。`,
    word: (a) => `这里看不懂“${a.word}”。`,
    kind: (a) =>
      `“${a.word}”不是提醒种类。有 volatility、move、price、volume、ratio、funding、oi、liquidation、sentiment、listing。`,
    'kind-on-all': (a) =>
      `“${a.word}”（${a.kind}）不能一次监视所有合约。可以的有 move、price、volatility、volume、funding、liquidation、listing。`,
    'sigma-kind': (a) => `“${a.word}”：${a.kind} 不用标准差（σ）衡量，只有 move 和 volatility 可以。`,
    'listing-bare': (a) => `上线提醒没有阈值和时间窗口，请去掉“${a.word}”。`,
    'and-missing': (a) => `“${a.word}”后面要写第二个条件的种类和阈值。`,
    'and-listing': (a) => `上线（“${a.word}”）不能与其他条件相连。`,
    threshold: (a) =>
      a.kind === undefined
        ? `“${a.word}”不是阈值。请写 1%、+2%、-2%，或 70000 这样的价格。`
        : `“${a.word}”不能用作${a.kind}的阈值。`,
    'threshold-bounds': (a) => `阈值“${a.word}”超出范围：${a.min} 到 ${a.max}。`,
    window: (a) => `“${a.word}”不是窗口。有 1m、5m、15m、1h、4h、24h。`,
    'window-short': (a) => `“${a.word}”对${a.kind}来说太短：交易所只在查询时给出数据。最短为 ${a.min}。`,
    twice: (a) => `“${a.word}”重复说明了已写的内容。`,
    option: (a) => `“${a.word}”不是选项。有 once、repeat、cooldown、for、until、and。`,
    duration: (a) => `“${a.word}”不是时长。请写成 30s、10m 或 1h。`,
    'duration-bounds': (a) => `时长“${a.word}”超出范围：${a.min} 到 ${a.max}。`,
    date: (a) => `“${a.word}”不是日期。请写成 YYYY-MM-DD。`,
    'until-past': (a) => `“${a.word}”已经过去。`,
    'kind-missing': () =>
      '请写明监视什么：volatility、move、price、volume、ratio、funding、oi、liquidation、sentiment 或 listing。',
    'price-sign': (a) => `“${a.word}”：价格不带正负号。无论从哪一侧穿过该价格都会提醒，请写成 ${a.level}。`,
    'price-missing': () => '价格提醒需要一个价格。',
    'price-unknown': (a) => `还不知道 ${a.word} 的价格。请几秒后再试。`,
    'price-too-near': (a) => `“${a.word}”离现价（${a.last}）太近：至少要相差 ${a.distance}。`,
    channel: (a) => `“${a.word}”不是频道。请写它的 @名称。`,
    'choice-unknown': (a) => `这里不能用“${a.word}”。可选：${a.choices}。`,
    'not-here': () => '这类聊天没有该设置。',
    'role-everyone': () => '我不会呼叫所有人。请选择其他身份组。',
  },
};
