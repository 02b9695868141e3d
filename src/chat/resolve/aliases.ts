/** Names people use for coins, in four languages, by the coin's ticker. Matched whole, after NFKC and upper-casing. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  BTC: ['bitcoin', 'xbt', '비트', '비트코인', '比特币', '比特幣', '大饼', 'ビットコイン'],
  ETH: ['ethereum', 'ether', '이더', '이더리움', '以太坊', '以太', '以太幣', 'イーサリアム', 'イーサ'],
  BNB: ['바이낸스코인', '비앤비', '币安币', '幣安幣', 'バイナンスコイン'],
  XRP: ['ripple', '리플', '瑞波币', '瑞波幣', '瑞波', 'リップル'],
  DOGE: ['dogecoin', '도지', '도지코인', '狗狗币', '狗狗幣', '狗币', 'ドージ', 'ドージコイン'],
  SOL: ['solana', '솔라나', '솔', '索拉纳', '索拉納', 'ソラナ'],
  ADA: ['cardano', '에이다', '카르다노', '艾达币', '艾達幣', 'エイダ', 'カルダノ'],
  TRX: ['tron', '트론', '波场', '波場', 'トロン'],
  AVAX: ['avalanche', '아발란체', '雪崩', 'アバランチ'],
  LINK: ['chainlink', '체인링크', 'チェーンリンク'],
  DOT: ['polkadot', '폴카닷', '波卡', 'ポルカドット'],
  LTC: ['litecoin', '라이트코인', '라코', '莱特币', '萊特幣', 'ライトコイン'],
  BCH: ['비트코인캐시', '비캐', '比特现金', '比特現金', 'ビットコインキャッシュ'],
  ETC: ['이더리움클래식', '이클', '以太经典', '以太經典', 'イーサリアムクラシック'],
  XLM: ['stellar', '스텔라루멘', '스텔라', '恒星币', 'ステラ'],
  SHIB: ['shiba', '시바이누', '시바', '柴犬币', '屎币', 'シバイヌ', '柴犬コイン'],
  PEPE: ['페페', '佩佩', 'ペペ'],
  SUI: ['수이'],
  APT: ['aptos', '앱토스'],
  NEAR: ['니어'],
  UNI: ['uniswap', '유니스왑', 'ユニスワップ'],
  FIL: ['filecoin', '파일코인', 'ファイルコイン'],
  TON: ['toncoin', '톤코인'],
  HBAR: ['hedera', '헤데라'],
  WLD: ['worldcoin', '월드코인', 'ワールドコイン'],
};

/** Ticker by name in normal form. */
export const TICKER_BY_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMES).flatMap(([ticker, names]) =>
    names.map((name) => [name.normalize('NFKC').toUpperCase(), ticker] as const),
  ),
);
