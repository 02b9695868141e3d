import type { TellingWords } from '../en/telling.ts';

/** What is told unasked, and when it is not. */
export const telling: TellingWords = {
  alert: {
    volatility: (range) => `振幅 ${range}`,
    buyers: (ratio) => `主动买入为主动卖出的 ${ratio}`,
    sellers: (ratio) => `主动卖出为主动买入的 ${ratio}`,
    funding: (rate) => `资金费率 ${rate}`,
    liquidation: (notional) => `观察到的强平 ${notional}`,
    oi: (change: string) => `持仓量 ${change}`,
    sentiment: (value: string) => `AI 情绪 ${value}`,
    listed: '已上线',
    settling: '正在结算',
    delisted: '已下线',
    above: (level) => `升破 ${level}`,
    below: (level) => `跌破 ${level}`,
    now: (price) => `现价 ${price}`,
    volume: (ratio) => `成交量为平时的 ${ratio} 倍`,
    still: '自上次提醒以来一直越过',
    suppressed: (count) => `其间略去 ${count} 次`,
    late: (time) => `迟到检测（${time}）：修补数据缺口时发现`,
    waited: (span) => `迟到：等待发送 ${span}`,
    earlier: (count) => `此规则还有 ${count} 条较早的提醒`,
    repeat: '可能是重复消息',
    rule: '规则',
    ended: '此规则已结束',
    endedHere: '此规则在该合约上已结束',
    analyze: (base) => `解读 ${base}`,
    chart: 'K 线图',
    why: '原因',
    ack: '已阅',
    acked: '已标记为已阅。',
    somebody: '有人',
    quieter: '少响一些',
    louder: '多响一些',
    quietest: '不能再少了。',
    loudest: '不能再多了。',
    meToo: '我也要',
    test: '测试：什么也没有发生，提醒就是这个样子',
  },

  told: {
    since: (change: string, low: string, high: string) => `此后 ${change}，最低 ${low}，最高 ${high}`,
    sinceShort: (change: string) => `此后 ${change}`,
    normal: (clock: string) => `${clock} 恢复正常`,
    seen: (by: string, clock: string) => `${by} 已于 ${clock} 查看`,
    wide: (count: string) => `${count} 个合约`,
    more: (count: string) => `另有 ${count} 条`,
    rest: (count: number) => `本小时另有 ${count} 条提醒`,
    limit: (messages: number) =>
      `一小时内超过 ${messages} 条提醒消息后，其余的会静音汇总在这里。可在 /settings 中更改数量。`,
  },

  feed: {
    degraded: (clock) => `自 ${clock} 起没有行情数据。恢复之前提醒无法触发；恢复时我会告知。`,
    recovered: (from, to) => `行情数据已恢复。${from} 至 ${to} 期间无法监视。`,
    back: '行情数据已恢复。',
  },

  ended: {
    expired: '提醒结束：已到期',
    delisted: '提醒结束：该合约不再交易',
  },

  digest: {
    title: (count, from, to) => `${count} 条提醒未能及时发送（${from} – ${to}）`,
    row: (count, last) => `${count} 次，最近 ${last}`,
  },

  letter: {
    title: (from, to) => `本周提醒规则，${from} – ${to}`,
    barks: (count) => `共触发 ${count} 次`,
    useful: '有用：有人查看过',
    noisy: '太吵：常常触发，却无人理会',
    others: '偶尔触发',
    silent: '整周安静',
    row: (barks) => `触发 ${barks} 次`,
    withheld: (count) => `其中 ${count} 次未发送`,
    acted: (count) => `查看 ${count} 次`,
    quieter: (threshold) => `建议 ${threshold}`,
    unnamed: (count) => `另有 ${count} 条规则未列出。`,
    end: '不再接收周日来信：/settings',
  },

  mute: {
    choose: '将本聊天的提醒静音多久？',
    until: (moment) => `提醒已静音至 ${moment}。`,
    switchedOff: '本聊天已关闭提醒，见 /settings。',
    kindsOff: (kinds) => `本聊天已关闭：${kinds}。见 /settings。`,
    sleeping: (to) => `免打扰至 ${to}，只发送极端行情。`,
    night: (from, to) => `免打扰时段 ${from} – ${to}`,
    quietNight: '免打扰期间没有未发送的提醒。',
    blind: (span) => `其中有 ${span} 没有行情数据。`,
    digest: '期间的提醒会被计数，结束时一次告知。',
    on: '提醒已恢复。',
    button: (span) => `静音 ${span}`,
    untilMorning: '到早上',
    unmute: '取消静音',
    withheld: (count) => `期间有 ${count} 条提醒未发送`,
    row: (count, last) => `${count} 次，最近 ${last}`,
  },

  sleep: {
    none: '这里没有免打扰时段。',
    set: (from, to, zone) => `免打扰时段：${from} 至 ${to}（${zone}）。`,
    extremes: '期间只发送价格提醒和达到阈值两倍的提醒，其余在结束时一次告知。',
    ended: '已取消免打扰时段。',
    end: '取消',
  },

  operator: {
    budget: (percent) => `今天的 AI 预算已用 ${percent}。`,
    'gateway-auth': 'AI 服务拒绝密钥。请检查 HOLYSHEEP_API_KEY。',
    'gateway-balance': 'AI 账户余额为空。请充值。',
    'gateway-over': (model) => `AI 服务对 ${model} 计的 token 超过允许值。已按其计数入账，请核对账单。`,
    'gateway-other': (asked, served) =>
      `请求的是 ${asked}，AI 服务却用 ${served} 作答。费用按 ${asked} 的价格计，/accuracy 对 ${served} 单独统计。`,
    'gateway-changed': (model, before, now) =>
      `同一段文字，AI 服务对 ${model} 一直计 ${before} 个 token，现在计 ${now} 个：名称背后的模型、版本或计数方式变了。请留意 /accuracy 和账单。`,
    'chat-paused': (chat, reason) => `无法再向 ${chat} 发消息，已暂停：${reason}`,
    'chat-closed': (chat, why) => {
      if (why === 'deleted') return `${chat} 已不存在，它的提醒已暂停。`;
      const end = '它的提醒已暂停但仍保留，等我能再次发言就会继续。';
      if (why === 'removed') return `我被移出了 ${chat}。${end}`;
      if (why === 'rights') return `我不再有权限在 ${chat} 发言。${end}`;
      return `我无法再向 ${chat} 发消息。${end}`;
    },
    'ambiguous-delivery': (chat) => `发往 ${chat} 的一条消息可能重复，也可能未送达。`,
    'everybody-refused': (platform, reason) =>
      `${platform} 拒绝了所有聊天：${reason}。没有聊天因此暂停，待发消息会继续等待。`,
    approval: (chat) => `新聊天请求批准：${chat}`,
    approve: '批准',
    approved: (chat) => `已批准：${chat}`,
  },
};
