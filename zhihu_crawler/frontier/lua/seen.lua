-- Sets of 64-bit marks that grow without a capacity: shards of a few hundred whole numbers, which Redis keeps at 8 bytes
-- each (intset, up to set-max-intset-entries, 512 as it comes). A set grows by splitting one shard after the other
-- (linear hashing), so nothing is ever copied at once. LOAD keeps the fullest shard below 512: just before a round of
-- splits ends, a shard holds 2 * LOAD = 340 on average, and 512 lies nine standard deviations above.
local LOAD = 170

local function digits(mark)  -- uniform, and exact as a double
  return math.abs(tonumber(string.sub(mark, -12)))
end

local function seen_set(key, until_ms)
  local found = redis.call('HMGET', key, 'count', 'shards')
  local set = {key = key, count = tonumber(found[1] or 0), shards = tonumber(found[2] or 1), low = 1, until_ms = until_ms}
  while set.low * 2 <= set.shards do set.low = set.low * 2 end
  return set
end

local function shard_of(set, mark)
  local number = digits(mark)
  local place = number % (2 * set.low)
  if place >= set.shards then place = number % set.low end
  return set.key .. ':' .. string.format('%.0f', place)
end

local function expire(set, key)
  if set.until_ms then redis.call('PEXPIREAT', key, set.until_ms) end
end

local function split(set)
  local from, to = set.key .. ':' .. string.format('%.0f', set.shards - set.low), set.key .. ':' .. string.format('%.0f', set.shards)
  local stay, go = {}, {}
  for _, mark in ipairs(redis.call('SMEMBERS', from)) do
    local side = digits(mark) % (2 * set.low) == set.shards and go or stay
    side[#side + 1] = mark
  end
  redis.call('DEL', from)
  for key, marks in pairs({[from] = stay, [to] = go}) do
    for first = 1, #marks, 1000 do
      redis.call('SADD', key, unpack(marks, first, math.min(first + 999, #marks)))
    end
    if #marks > 0 then expire(set, key) end
  end
  set.shards = set.shards + 1
  if set.shards == 2 * set.low then set.low = set.shards end
end

local function is_in(set, mark)
  return redis.call('SISMEMBER', shard_of(set, mark), mark) == 1
end

-- Puts a mark in; says whether it is new.
local function put(set, mark)
  local key = shard_of(set, mark)
  if redis.call('SADD', key, mark) == 0 then return false end
  if set.until_ms and redis.call('SCARD', key) == 1 then expire(set, key) end
  set.count, set.changed = set.count + 1, true
  if set.count > LOAD * set.shards then split(set) end
  return true
end

local function save(set)
  if set.changed then
    redis.call('HSET', set.key, 'count', string.format('%.0f', set.count), 'shards', string.format('%.0f', set.shards))
    expire(set, set.key)
  end
end

-- Takes a set off in steps: its key goes to the trash, where `sweep` deletes so many shards at a time.
local function drop(trash, key)
  local shards = redis.call('HGET', key, 'shards')
  redis.call('DEL', key)
  redis.call('HSET', trash, key, shards or 1)
end

local function sweep(trash, most)
  local found = redis.call('HSCAN', trash, 0, 'COUNT', 1)[2]
  local key, left = found[1], tonumber(found[2] or 0)
  if not key then return end
  local keys = {}
  while left > 0 and #keys < most do
    left = left - 1
    keys[#keys + 1] = key .. ':' .. string.format('%.0f', left)
  end
  if #keys > 0 then redis.call('UNLINK', unpack(keys)) end
  if left > 0 then redis.call('HSET', trash, key, string.format('%.0f', left)) else redis.call('HDEL', trash, key) end
end

-- What was seen: one set, or with an age one set a quarter of it, of which the last five count; what was put into the
-- oldest is forgotten with it, so a mark holds for the age and at most a quarter longer.
local function open_seen(key, age_ms, now)
  if age_ms <= 0 then return {seen_set(key)} end
  local quarter = math.max(math.floor(age_ms / 4), 1)
  local number, sets = math.floor(now / quarter), {}
  for back = 0, 4 do
    local own = string.format('%.0f', number - back)
    sets[back + 1] = seen_set(key .. ':' .. own, string.format('%.0f', (number - back + 5) * quarter))
  end
  return sets
end

local function see(sets, mark)
  for back = 2, #sets do
    if sets[back].count > 0 and is_in(sets[back], mark) then return false end
  end
  return put(sets[1], mark)
end
