import { defineScript } from './redis.ts';

/**
 * The money's Lua. All keys share the tag {budget}, in this order: the day's figures, the payer's figures of the day,
 * the day's reservations, and where a call is counted the set of counted ids, the ledger and the payers by cost.
 *
 * Figures are hashes of integers: `cost`, `calls`, `ok`, `prompt`, `cached`, `completion`, `estimated` (calls) and
 * `cost:estimated`, `over` (calls dearer than what was reserved), `failed`, `shared`, `denied`, and `m:<figure>:<model>`.
 * The day's hash also has what the limits need: `cost:shared` (the bot's own calls), `cost:common` (all but the
 * operators'), and the same sums of reservations, by payer too (`reserved:p:<payer>`).
 *
 * A reservation is `amount|class|payer|id`, scored with the Redis time (ms) by which it must be settled: one clock for
 * all processes. One that is not is lost with its process. It is never freed: the gateway may bill it, so what was
 * reserved stays spent, as an estimate, until a settlement says better. Sums are kept beside the reservations, so that
 * every step costs the same however much is open.
 */
const PRELUDE = `
local c = redis.call
local KEEP = 40 * 86400
local function lower(figures, field, amount)
  if c('HINCRBY', figures, field, '-' .. amount) == 0 then c('HDEL', figures, field) end
end
local function free(figures, reservations, member)
  if c('ZREM', reservations, member) == 0 then return false end
  local amount, class, payer = member:match('^(%d+)|(%a+)|([^|]*)|')
  lower(figures, 'reserved', amount)
  lower(figures, 'reserved:p:' .. payer, amount)
  if class == 'shared' then lower(figures, 'reserved:shared', amount) end
  if class ~= 'operator' then lower(figures, 'reserved:common', amount) end
  return true
end
local function now()
  local t = c('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function keep()
  for _, key in ipairs(KEYS) do c('EXPIRE', key, KEEP) end
end
`;

/** ARGV: member, amount, class, payer, ttl ms, then the limits of bot, shared, common and payer ('' = none). */
export const RESERVE = defineScript(`${PRELUDE}
local figures, mine, reservations = KEYS[1], KEYS[2], KEYS[3]
local member, amount, class, payer = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local bot, shared, common, own = ARGV[6], ARGV[7], ARGV[8], ARGV[9]
if c('ZSCORE', reservations, member) then return 'ok' end
local function sum(key, field) return tonumber(c('HGET', key, field) or '0') end
local function over(limit, spent, reserved) return limit ~= '' and spent + reserved + amount > tonumber(limit) end
local reason
if bot == '0' or (class ~= 'shared' and own == '0') then reason = 'off'
elseif class ~= 'shared' and over(own, sum(mine, 'cost'), sum(figures, 'reserved:p:' .. payer)) then reason = 'chat'
elseif class == 'shared' and over(shared, sum(figures, 'cost:shared'), sum(figures, 'reserved:shared')) then reason = 'shared'
elseif class ~= 'operator' and over(common, sum(figures, 'cost:common'), sum(figures, 'reserved:common')) then reason = 'bot'
elseif over(bot, sum(figures, 'cost'), sum(figures, 'reserved')) then reason = 'bot' end
if reason then
  c('HINCRBY', figures, 'denied', 1)
  c('HINCRBY', figures, 'denied:' .. reason, 1)
  c('HINCRBY', mine, 'denied', 1)
  keep()
  return reason
end
c('ZADD', reservations, now() + tonumber(ARGV[5]), member)
c('HINCRBY', figures, 'reserved', ARGV[2])
c('HINCRBY', figures, 'reserved:p:' .. payer, ARGV[2])
if class == 'shared' then c('HINCRBY', figures, 'reserved:shared', ARGV[2]) end
if class ~= 'operator' then c('HINCRBY', figures, 'reserved:common', ARGV[2]) end
keep()
return 'ok'
`);

/**
 * ARGV: member, id, class, cost, prompt tokens, cached tokens, completion tokens, estimated 0|1, ok 0|1, model, payer,
 * ledger entry.
 */
export const SETTLE = defineScript(`${PRELUDE}
local figures, mine, reservations, counted, ledger, payers = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local member, id, class, cost, model = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[10]
free(figures, reservations, member)
if c('SADD', counted, id) == 1 then
  local over = tonumber(cost) > tonumber(member:match('^%d+')) and 1 or 0
  for _, key in ipairs({figures, mine}) do
    c('HINCRBY', key, 'calls', 1)
    c('HINCRBY', key, 'cost', cost)
    c('HINCRBY', key, 'prompt', ARGV[5])
    c('HINCRBY', key, 'cached', ARGV[6])
    c('HINCRBY', key, 'completion', ARGV[7])
    c('HINCRBY', key, 'estimated', ARGV[8])
    if ARGV[8] == '1' then c('HINCRBY', key, 'cost:estimated', cost) end
    c('HINCRBY', key, 'over', over)
    c('HINCRBY', key, ARGV[9] == '1' and 'ok' or 'failed', 1)
    c('HINCRBY', key, 'm:calls:' .. model, 1)
    c('HINCRBY', key, 'm:cost:' .. model, cost)
    c('HINCRBY', key, 'm:prompt:' .. model, ARGV[5])
    c('HINCRBY', key, 'm:completion:' .. model, ARGV[7])
  end
  if class == 'shared' then c('HINCRBY', figures, 'cost:shared', cost) end
  if class ~= 'operator' then c('HINCRBY', figures, 'cost:common', cost) end
  c('ZINCRBY', payers, cost, ARGV[11])
  c('XADD', ledger, '*', 'entry', ARGV[12])
end
keep()
return 'ok'
`);

/** ARGV: member, id, outcome. A release leaves the way open for a late settlement of the same id. */
export const RELEASE = defineScript(`${PRELUDE}
free(KEYS[1], KEYS[3], ARGV[1])
if c('SADD', KEYS[4], 'released:' .. ARGV[2]) == 1 then
  c('HINCRBY', KEYS[1], 'failed', 1)
  c('HINCRBY', KEYS[2], 'failed', 1)
  c('HINCRBY', KEYS[1], 'failed:' .. ARGV[3], 1)
end
keep()
return 'ok'
`);

/** KEYS: the day's figures, the payer's. */
export const SHARE = defineScript(`${PRELUDE}
for _, key in ipairs(KEYS) do c('HINCRBY', key, 'shared', 1) end
keep()
return 'ok'
`);

/**
 * KEYS: the day's figures, the figures to read, reservations. ARGV: the field of their reservations, the payer ('' = all).
 * Adds to the figures `open` (nano reserved by calls under way), `lost` (calls) and `cost:lost` (nano).
 */
export const READ_DAY = defineScript(`${PRELUDE}
local out = c('HGETALL', KEYS[2])
local lost, nano = 0, 0
for _, member in ipairs(c('ZRANGEBYSCORE', KEYS[3], '-inf', now())) do
  local amount, payer = member:match('^(%d+)|%a+|([^|]*)|')
  if ARGV[2] == '' or ARGV[2] == payer then
    lost = lost + 1
    nano = nano + tonumber(amount)
  end
end
local reserved = tonumber(c('HGET', KEYS[1], ARGV[1]) or '0')
for name, value in pairs({open = reserved - nano, lost = lost, ['cost:lost'] = nano}) do
  out[#out + 1] = name
  out[#out + 1] = string.format('%d', value)
end
return out
`);
