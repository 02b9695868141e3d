import type { ErrorsWords } from '../en/errors.ts';

/** What a person is told who was misunderstood. */
export const errors: ErrorsWords = {
  error: {
    'symbol-unknown': (a) => `“${a.word}”은(는) 모르는 심볼입니다. 가까운 것: ${a.nearest}.`,
    'symbol-second': (a) => `“${a.word}”은(는) 두 번째 심볼입니다. 한 번에 하나만 쓸 수 있습니다.`,
    'symbol-closed': (a) => `${a.word}는 지금 거래되지 않습니다.`,
    'feed-missing': () => '시장 피드가 아직 없습니다. 몇 초 뒤에 다시 시도하세요.',
    'admin-only': () => '이 채팅의 관리자만 할 수 있습니다.',
    'channel-unknown': (a) =>
      `“${a.word}”이(가) 보이지 않습니다. 저를 그곳에 관리자로 추가하고 @이름을 쓰세요.`,
    'channel-not-admin': (a) => `“${a.word}”의 관리자가 아닙니다.`,
    'channel-missing': (a) => `“${a.word}”에 쓸 수 없습니다. 없는 권한: ${a.missing}.`,
    'rule-unknown': (a) => `“${a.word}” 알림은 여기에 없습니다. ID는 /alerts 에서 볼 수 있습니다.`,
    'rule-limit': (a) => `이 채팅에는 이미 알림이 최대치인 ${a.limit}개 있습니다. 먼저 하나를 삭제하세요.`,
    'interval-unknown': (a) =>
      `“${a.word}”은(는) 캔들 간격이 아닙니다. 1m, 5m, 15m, 1h, 4h, 1d 중에서 고르세요.`,
    'hours-invalid': (a) => `“${a.word}”은(는) 시간 범위가 아닙니다. HH:MM-HH:MM 처럼 쓰세요.`,
    'language-unknown': (a) => `“${a.word}”은(는) 제가 아는 언어가 아닙니다. en, ko, zh, ja 중에서 고르세요.`,
    'zone-unknown': (a) => `“${a.word}” 시간대를 모릅니다. 비슷한 것: ${a.nearest}.`,
    'sound-unknown': (a) => `“${a.word}”은(는) 소리 설정이 아닙니다. on, silent, off 중에서 고르세요.`,
    'setting-unknown': (a) =>
      `“${a.word}” 설정은 없습니다. language, tz, alerts, reports, funding 등 알림 종류, notes, letter, barks, rules, role이 있습니다.`,
    'period-unknown': (a) => `“${a.word}”은(는) 기간도 시각도 아닙니다. 기간: today, 7d, 30d.`,
    'time-invalid': (a) => `“${a.word}”은(는) 시각이 아닙니다. 00:00부터 23:59까지 HH:MM으로 쓰세요.`,
    word: (a) => `여기서 “${a.word}”은(는) 이해하지 못했습니다.`,
    kind: (a) =>
      `“${a.word}”은(는) 알림 종류가 아닙니다. volatility, move, price, volume, ratio, funding, oi, liquidation, sentiment, listing 이 있습니다.`,
    'kind-on-all': (a) =>
      `“${a.word}”(${a.kind})은(는) 모든 심볼을 한꺼번에 볼 수 없습니다. move, price, volatility, volume, funding, liquidation, listing 이 있습니다.`,
    'sigma-kind': (a) =>
      `“${a.word}”: ${a.kind}은(는) 표준편차(σ)로 재지 않습니다. move 와 volatility 만 됩니다.`,
    'listing-bare': (a) => `상장 알림에는 기준값과 기간이 없습니다: “${a.word}”을(를) 빼 주세요.`,
    'and-missing': (a) => `“${a.word}” 뒤에는 두 번째 조건의 종류와 기준값을 써야 합니다.`,
    'and-listing': (a) => `상장(“${a.word}”)은 다른 조건과 묶을 수 없습니다.`,
    threshold: (a) =>
      a.kind === undefined
        ? `“${a.word}”은(는) 기준값이 아닙니다. 1%, +2%, -2% 또는 70000 같은 가격으로 쓰세요.`
        : `“${a.word}”은(는) ${a.kind} 기준값으로 쓸 수 없습니다.`,
    'threshold-bounds': (a) => `기준값 “${a.word}”이(가) 범위를 벗어났습니다: ${a.min}부터 ${a.max}까지.`,
    window: (a) => `“${a.word}”은(는) 구간이 아닙니다. 1m, 5m, 15m, 1h, 4h, 24h 가 있습니다.`,
    'window-short': (a) =>
      `“${a.word}”은(는) ${a.kind}에 너무 짧습니다. 거래소가 물어볼 때만 알려 주기 때문입니다. 가장 짧은 구간은 ${a.min}입니다.`,
    twice: (a) => `“${a.word}”은(는) 이미 쓴 것을 또 쓴 것입니다.`,
    option: (a) => `“${a.word}”은(는) 옵션이 아닙니다. once, repeat, cooldown, for, until, and 가 있습니다.`,
    duration: (a) => `“${a.word}”은(는) 시간 길이가 아닙니다. 30s, 10m, 1h 처럼 쓰세요.`,
    'duration-bounds': (a) => `시간 길이 “${a.word}”이(가) 범위를 벗어났습니다: ${a.min}부터 ${a.max}까지.`,
    date: (a) => `“${a.word}”은(는) 날짜가 아닙니다. YYYY-MM-DD로 쓰세요.`,
    'until-past': (a) => `“${a.word}”은(는) 이미 지났습니다.`,
    'kind-missing': () =>
      '무엇을 지켜볼지 쓰세요: volatility, move, price, volume, ratio, funding, oi, liquidation, sentiment, listing.',
    'price-sign': (a) =>
      `“${a.word}”: 가격에는 부호를 붙이지 않습니다. 어느 쪽에서든 그 가격을 지나면 알려 드리니 ${a.level}(으)로 써 주세요.`,
    'price-missing': () => '가격 알림에는 가격이 필요합니다.',
    'price-unknown': (a) => `${a.word}의 가격을 아직 모릅니다. 몇 초 뒤에 다시 시도하세요.`,
    'price-too-near': (a) =>
      `“${a.word}”은(는) 지금 가격(${a.last})에 너무 가깝습니다. ${a.distance} 이상 떨어져야 합니다.`,
    channel: (a) => `“${a.word}”은(는) 채널이 아닙니다. @이름을 쓰세요.`,
    'choice-unknown': (a) => `“${a.word}”은(는) 여기에 쓸 수 없습니다. 가능한 값: ${a.choices}.`,
    'not-here': () => '이 종류의 채팅에는 없는 설정입니다.',
    'role-everyone': () => '모두를 호출하지는 않습니다. 다른 역할을 고르세요.',
  },
};
