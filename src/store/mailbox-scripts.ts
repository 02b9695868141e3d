import { defineScript } from './redis.ts';

// All keys of one script carry the chat's tag. An entry is `<Redis ms> <notice as JSON>`: its age is known without
// parsing the notice. A step that changes a batch names the id and the attempt it means, so that a worker that was
// paused and overtaken changes nothing.

/** KEYS seen, lane; ARGV how long an id counts as seen (ms), then event id, notice … Returns how many were new. */
export const PUT = defineScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1])
local added = 0
for i = 2, #ARGV, 2 do
  if redis.call('ZADD', KEYS[1], 'NX', now, ARGV[i]) == 1 then
    redis.call('RPUSH', KEYS[2], string.format('%d', now) .. ' ' .. ARGV[i + 1])
    added = added + 1
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return added`);

/**
 * KEYS batch, inflight, hi, lo; ARGV uid, most entries, entries of hi and of lo must be older than (Redis ms), from which age (ms)
 * on barks are old, most entries then.
 * Returns id, state, attempt, lane, doubts, since when it is being sent (Redis ms, 0 = never), the message that it is being
 * joined to ('' = none) and the entries of the open batch, or of a new one from the head of one lane.
 */
export const CLAIM = defineScript(`
local batch, inflight, max = KEYS[1], KEYS[2], tonumber(ARGV[2])
local open = redis.call('HMGET', batch, 'id', 'state', 'attempt', 'lane', 'doubts', 'begun', 'joining')
if open[1] then
  local items = redis.call('LRANGE', inflight, 0, -1)
  return {open[1], open[2], open[3], open[4], open[5] or '0', open[6] or '0', open[7] or '', unpack(items)}
end
local time = redis.call('TIME')
local old = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[5])
local function put_at(item) return tonumber(string.match(item, '^%d+')) end
local function take(source, lane, before)
  local head = redis.call('LINDEX', source, 0)
  if not head then return nil end
  local most = max
  if lane == 'hi' and put_at(head) < old then most, before = tonumber(ARGV[6]), math.min(before, old) end
  local items, n = redis.call('LRANGE', source, 0, most - 1), 0
  while n < #items and put_at(items[n + 1]) < before do n = n + 1 end
  if n == 0 then return nil end
  local id = redis.sha1hex(ARGV[1] .. '|' .. items[1] .. '|' .. n)
  redis.call('DEL', inflight)
  redis.call('RPUSH', inflight, unpack(items, 1, n))
  redis.call('LTRIM', source, n, -1)
  redis.call('HSET', batch, 'id', id, 'state', 'planned', 'attempt', 0, 'lane', lane)
  return {id, 'planned', '0', lane, '0', '0', '', unpack(items, 1, n)}
end
return take(KEYS[3], 'hi', tonumber(ARGV[3])) or take(KEYS[4], 'lo', tonumber(ARGV[4])) or {}`);

/** KEYS batch; ARGV id, attempt. The batch is being sent, for one more time. Returns 1, or 0 when another worker has it. */
export const BEGIN = defineScript(`
local open = redis.call('HMGET', KEYS[1], 'id', 'attempt')
if open[1] ~= ARGV[1] or open[2] ~= ARGV[2] then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'state', 'sending', 'attempt', open[2] + 1, 'begun', string.format('%d', now))
return 1`);

/** KEYS batch; ARGV id, attempt, state, doubts to add. Returns 1, or 0 when another worker has it. */
export const MARK = defineScript(`
local open = redis.call('HMGET', KEYS[1], 'id', 'attempt')
if open[1] ~= ARGV[1] or open[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[3])
redis.call('HINCRBY', KEYS[1], 'doubts', ARGV[4])
return 1`);

/** KEYS batch; ARGV id, attempt, message ('' = none). Returns 1, or 0 when another worker has it. */
export const JOINING = defineScript(`
local open = redis.call('HMGET', KEYS[1], 'id', 'attempt')
if open[1] ~= ARGV[1] or open[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'joining', ARGV[3])
return 1`);

/** KEYS batch, inflight, hi, lo; ARGV id, attempt. Drops the batch; returns how many entries remain in hi and in lo. */
export const DROP = defineScript(`
local open = redis.call('HMGET', KEYS[1], 'id', 'attempt', 'lane')
local left = {redis.call('LLEN', KEYS[3]), redis.call('LLEN', KEYS[4])}
if open[1] == ARGV[1] and open[2] == ARGV[2] then
  redis.call('DEL', KEYS[1], KEYS[2])
elseif open[1] then
  local lane = open[3] == 'hi' and 1 or 2
  left[lane] = left[lane] + redis.call('LLEN', KEYS[2])
end
return left`);

/** KEYS batch, inflight, hi, lo. Returns how many entries wait in hi and in lo, those of the open batch included. */
export const COUNT = defineScript(`
local left = {redis.call('LLEN', KEYS[3]), redis.call('LLEN', KEYS[4])}
local lane = redis.call('HGET', KEYS[1], 'lane')
if lane then
  local i = lane == 'hi' and 1 or 2
  left[i] = left[i] + redis.call('LLEN', KEYS[2])
end
return left`);
