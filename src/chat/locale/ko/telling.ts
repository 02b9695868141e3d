import type { TellingWords } from '../en/telling.ts';

/** What is told unasked, and when it is not. */
export const telling: TellingWords = {
  alert: {
    volatility: (range) => `변동폭 ${range}`,
    buyers: (ratio) => `시장가 매수가 매도의 ${ratio}`,
    sellers: (ratio) => `시장가 매도가 매수의 ${ratio}`,
    funding: (rate) => `펀딩비 ${rate}`,
    liquidation: (notional) => `관측된 청산 ${notional}`,
    oi: (change: string) => `미결제약정 ${change}`,
    sentiment: (value: string) => `AI 심리 ${value}`,
    listed: '상장',
    settling: '정산 중',
    delisted: '상장 폐지',
    above: (level) => `${level} 돌파`,
    below: (level) => `${level} 하향 이탈`,
    now: (price) => `지금 ${price}`,
    volume: (ratio) => `거래량 평소의 ${ratio}배`,
    still: '지난 알림 뒤로 계속 넘은 상태',
    suppressed: (count) => `그 사이 ${count}번은 생략`,
    late: (time) => `늦게 감지(${time}): 데이터 공백을 메우다 발견`,
    waited: (span) => `늦음: 전송까지 ${span} 걸림`,
    earlier: (count) => `이 규칙의 앞선 알림 ${count}건`,
    repeat: '반복된 메시지일 수 있습니다',
    rule: '규칙',
    ended: '이 규칙은 끝났습니다',
    endedHere: '이 규칙은 이 심볼에서 끝났습니다',
    analyze: (base) => `${base} 분석`,
    chart: '차트',
    why: '왜?',
    ack: '확인',
    acked: '확인했다고 표시했습니다.',
    somebody: '누군가',
    quieter: '덜 울리게',
    louder: '더 울리게',
    quietest: '더 조용하게 할 수 없습니다.',
    loudest: '더 자주 울리게 할 수 없습니다.',
    meToo: '나도 받기',
    test: '시험: 아무 일도 없었으며, 알림은 이런 모습입니다',
  },

  told: {
    since: (change: string, low: string, high: string) => `그 후 ${change}, 최저 ${low}, 최고 ${high}`,
    sinceShort: (change: string) => `그 후 ${change}`,
    normal: (clock: string) => `${clock}에 정상으로 돌아옴`,
    seen: (by: string, clock: string) => `${by} 님이 ${clock}에 확인`,
    wide: (count: string) => `${count}개 종목`,
    more: (count: string) => `외 ${count}건`,
    rest: (count: number) => `이번 시간의 추가 알림 ${count}건`,
    limit: (messages: number) =>
      `한 시간에 알림 메시지가 ${messages}개를 넘으면 나머지는 소리 없이 여기에 모읍니다. 개수는 /settings 에서 바꿀 수 있습니다.`,
  },

  feed: {
    degraded: (clock) =>
      `${clock}부터 시장 데이터가 없습니다. 돌아올 때까지 알림이 울릴 수 없으며, 돌아오면 알려 드립니다.`,
    recovered: (from, to) => `시장 데이터가 돌아왔습니다. ${from}부터 ${to}까지 볼 수 없었습니다.`,
    back: '시장 데이터가 돌아왔습니다.',
  },

  ended: {
    expired: '알림 종료: 기한이 지났습니다',
    delisted: '알림 종료: 심볼이 더 이상 거래되지 않습니다',
  },

  digest: {
    title: (count, from, to) => `제때 보내지 못한 알림 ${count}개 (${from} – ${to})`,
    row: (count, last) => `${count}회, 마지막 ${last}`,
  },

  letter: {
    title: (from, to) => `이번 주 알림 규칙, ${from} – ${to}`,
    barks: (count) => `모두 ${count}번 울렸습니다`,
    useful: '쓸모 있었음: 누군가 살펴본 규칙',
    noisy: '시끄러웠음: 자주 울렸지만 아무도 살펴보지 않음',
    others: '가끔 울림',
    silent: '한 주 내내 조용함',
    row: (barks) => `${barks}번 울림`,
    withheld: (count) => `그중 ${count}번은 보류`,
    acted: (count) => `${count}번 살펴봄`,
    quieter: (threshold) => `추천 ${threshold}`,
    unnamed: (count) => `그 밖에 규칙 ${count}개가 더 있습니다.`,
    end: '편지를 그만 받으려면 /settings',
  },

  mute: {
    choose: '이 채팅의 알림을 얼마 동안 끌까요?',
    until: (moment) => `${moment}까지 알림을 껐습니다.`,
    switchedOff: '이 채팅은 알림이 꺼져 있습니다. /settings를 보세요.',
    kindsOff: (kinds) => `이 채팅에서 꺼진 알림: ${kinds}. /settings를 보세요.`,
    sleeping: (to) => `${to}까지 조용한 시간입니다. 큰 움직임만 알립니다.`,
    night: (from, to) => `조용한 시간 ${from} – ${to}`,
    quietNight: '조용한 시간에 보류된 알림이 없습니다.',
    blind: (span) => `그중 ${span} 동안은 시세 데이터가 없었습니다.`,
    digest: '그동안의 알림은 세어 두었다가 끝날 때 한 번에 알려 드립니다.',
    on: '알림을 다시 보냅니다.',
    button: (span) => `${span} 끄기`,
    untilMorning: '아침까지',
    unmute: '알림 켜기',
    withheld: (count) => `알림 ${count}개를 보류했습니다`,
    row: (count, last) => `${count}회, 마지막 ${last}`,
  },

  sleep: {
    none: '이 채팅에는 조용한 시간이 없습니다.',
    set: (from, to, zone) => `조용한 시간: ${from}부터 ${to}까지 (${zone}).`,
    extremes:
      '그동안은 가격 알림과 기준의 두 배로 움직인 알림만 보냅니다. 보류된 것은 끝날 때 한 번에 알려 드립니다.',
    ended: '조용한 시간을 끝냈습니다.',
    end: '끝내기',
  },

  operator: {
    budget: (percent) => `오늘 AI 예산의 ${percent}를 썼습니다.`,
    'gateway-auth': 'AI 서버가 키를 거부합니다. HOLYSHEEP_API_KEY를 확인하세요.',
    'gateway-balance': 'AI 계정의 잔액이 없습니다. 충전하세요.',
    'gateway-over': (model) =>
      `AI 서버가 ${model}에 허용한 것보다 많은 토큰을 셉니다. 센 대로 기록했으니 청구서를 확인하세요.`,
    'gateway-other': (asked, served) =>
      `AI 서버가 ${asked} 대신 ${served} 모델로 답합니다. 비용은 ${asked} 가격으로 계산되고, /accuracy는 ${served} 모델을 따로 집계합니다.`,
    'gateway-changed': (model, before, now) =>
      `AI 서버가 ${model}에서 같은 글을 늘 ${before}토큰으로 세다가 이제 ${now}토큰으로 셉니다. 이름 뒤의 모델이나 버전, 또는 세는 방식이 바뀌었습니다. /accuracy와 청구서를 살펴보세요.`,
    'chat-paused': (chat, reason) => `${chat}에 더 이상 쓸 수 없어 일시 정지했습니다: ${reason}`,
    'chat-closed': (chat, why) => {
      if (why === 'deleted') return `${chat} 채팅이 없어져 그곳의 알림을 일시 정지했습니다.`;
      const end = '그곳의 알림은 지우지 않고 일시 정지해 두었으며, 다시 쓸 수 있게 되면 바로 이어집니다.';
      if (why === 'removed') return `${chat}에서 제가 내보내졌습니다. ${end}`;
      if (why === 'rights') return `${chat}에 더 이상 글을 쓸 권한이 없습니다. ${end}`;
      return `${chat}에 더 이상 글을 쓸 수 없습니다. ${end}`;
    },
    'ambiguous-delivery': (chat) => `${chat}에 보낸 메시지가 두 번 갔거나 가지 않았을 수 있습니다.`,
    'everybody-refused': (platform, reason) =>
      `${platform}에서 모든 채팅이 거부됩니다: ${reason}. 일시 정지한 채팅은 없으며, 보낼 메시지는 대기합니다.`,
    approval: (chat) => `새 채팅이 승인을 기다립니다: ${chat}`,
    approve: '승인',
    approved: (chat) => `승인했습니다: ${chat}`,
  },
};
