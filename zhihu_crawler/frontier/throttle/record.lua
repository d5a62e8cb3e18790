-- One budget of the throttle, inside Redis: record.py in Lua, step by step, so that all workers draw from one bucket.
-- KEYS: the record (hash), its turns (hash: worker -> "at lease"), the workers that are alive (sorted set by expiry)
-- ARGV: what to do (look, take, leave, write), worker ("" for who only looks), seconds to keep what is not used,
--       rate, rate_min, burst, concurrency, start_rate, start_latency, then
--       take: latency ("" for none); write: version expected, rate, knee, strikes, pause, is_cut, reason
local LEASE, EARLY, LATE, SLACK, FASTER, SLOWER, LEAST_LATENCY, ALIVE = 3, 0.001, 0.25, 0.5, 0.125, 0.25, 0.001, 15
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000

local doing, worker, keep = ARGV[1], ARGV[2], tonumber(ARGV[3])
local terms = { rate = tonumber(ARGV[4]), rate_min = tonumber(ARGV[5]), burst = tonumber(ARGV[6]),
  concurrency = tonumber(ARGV[7]) }
local NUMBERS = { 'at', 'rate', 'latency', 'tokens', 'until', 'epoch', 'version', 'strikes', 'knee', 'since' }

local function text(number)
  return string.format('%.17g', number)
end

local function load()
  local start = tonumber(ARGV[8])
  local record = { at = now, rate = start > 0 and start or terms.rate, latency = tonumber(ARGV[9]), tokens = 1,
    ['until'] = now, epoch = 0, version = 0, strikes = 0, knee = 0, since = now, reason = '', is_new = true }
  local stored = redis.call('HGETALL', KEYS[1])
  for i = 1, #stored, 2 do
    record[stored[i]] = stored[i] == 'reason' and stored[i + 1] or tonumber(stored[i + 1])
    record.is_new = false
  end
  return record
end

local function load_turns()
  local turns = {}
  local stored = redis.call('HGETALL', KEYS[2])
  for i = 1, #stored, 2 do
    local at, lease = string.match(stored[i + 1], '^(%S+) (%S+)$')
    turns[stored[i]] = { at = tonumber(at), lease = tonumber(lease) }
  end
  return turns
end

local record, turns = load(), load_turns()

local function effective()
  local rate = math.min(record.rate, terms.rate)
  if terms.concurrency > 0 then
    rate = math.min(rate, terms.concurrency / record.latency)
  end
  return math.max(rate, math.min(terms.rate_min, terms.rate))
end

local function put_turn(name, at, lease)
  turns[name] = { at = at, lease = lease }
  redis.call('HSET', KEYS[2], name, text(at) .. ' ' .. text(lease))
end

local function drop_turn(name)
  local turn = turns[name]
  turns[name] = nil
  redis.call('HDEL', KEYS[2], name)
  return turn
end

local function shift(seconds) -- the clock was put back
  record.at = record.at + seconds
  record['until'] = record['until'] + seconds
  record.since = record.since + seconds
  for name, turn in pairs(turns) do
    put_turn(name, turn.at + seconds, turn.lease + seconds)
  end
end

local function settle()
  if now < record.at then
    shift(now - record.at)
  end
  local fresh = now - math.max(record.at, record['until'])
  if fresh > 0 then
    record.tokens = math.min(terms.burst, record.tokens + fresh * effective())
  end
  record.at = now
  for name, turn in pairs(turns) do
    if turn.lease < now then
      drop_turn(name)
    end
  end
end

local function next_moment(rate)
  local count, last = 0, now
  for _, turn in pairs(turns) do
    if turn.at >= now - LATE then
      count, last = count + 1, math.max(last, turn.at)
    end
  end
  return math.max(last, now + math.max(0, count + 1 - record.tokens) / rate)
end

local function make_room(at)
  local first = at
  for _, turn in pairs(turns) do
    if turn.at > now then
      first = math.min(first, turn.at)
    end
  end
  for name, turn in pairs(turns) do
    if turn.at > now and first < at then
      put_turn(name, turn.at + (at - first), turn.lease)
    end
  end
end

local function take()
  local turn = drop_turn(worker)
  if now < record['until'] then
    return record['until'] - now
  end
  local rate = effective()
  local at = turn and turn.at or next_moment(rate)
  if at - now <= EARLY then
    local short = 1 - SLACK - record.tokens
    if short <= 0 then
      record.tokens = record.tokens - 1
      return 0
    end
    at = now + short / rate
    make_room(at + 1 / rate)
  end
  put_turn(worker, at, now + LEASE)
  return at - now
end

local function learn(latency)
  latency = math.max(latency, LEAST_LATENCY)
  local weight = latency > record.latency and SLOWER or FASTER
  record.latency = record.latency + (latency - record.latency) * weight
end

local function write()
  local pause, is_cut = tonumber(ARGV[14]), ARGV[15] == '1'
  record.rate, record.knee, record.strikes = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
  record.reason, record.since, record.version = ARGV[16], now, record.version + 1
  if is_cut then
    record.epoch = record.epoch + 1
  end
  if pause > 0 then
    record['until'] = math.max(record['until'], now + pause)
    turns = {}
    redis.call('DEL', KEYS[2])
    record.tokens = is_cut and 1 or math.min(record.tokens, 1)
  elseif pause < 0 then
    record['until'] = math.min(record['until'], now)
  elseif is_cut then
    record.tokens = math.min(record.tokens, 0)
  end
end

local wait, written = 0, 1
settle()
if doing == 'take' then
  if ARGV[10] ~= '' then
    learn(tonumber(ARGV[10]))
  end
  wait = take()
elseif doing == 'leave' then
  drop_turn(worker)
elseif doing == 'write' then
  written = tonumber(ARGV[10]) == record.version and 1 or 0
  if written == 1 then
    write()
  end
end

local paused = math.max(0, record['until'] - now)
if doing ~= 'look' or not record.is_new then
  local fields = { 'reason', record.reason }
  for _, name in ipairs(NUMBERS) do
    fields[#fields + 1] = name
    fields[#fields + 1] = text(record[name])
  end
  redis.call('HSET', KEYS[1], unpack(fields))
  local milliseconds = math.ceil((keep + paused) * 1000)
  redis.call('PEXPIRE', KEYS[1], milliseconds)
  redis.call('PEXPIRE', KEYS[2], milliseconds)
end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', text(now))
if worker ~= '' then
  redis.call('ZADD', KEYS[3], text(now + ALIVE), worker)
  redis.call('PEXPIRE', KEYS[3], ALIVE * 1000)
end
return { text(wait), text(paused), text(record.rate), text(effective()), text(record.latency), text(record.epoch),
  text(record.version), text(record.strikes), text(record.knee), text(now - record.since), record.reason,
  text(redis.call('ZCARD', KEYS[3])), written }
