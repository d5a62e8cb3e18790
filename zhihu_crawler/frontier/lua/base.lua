-- What all scripts share: names of keys, the clock, entries of the queue. Every key has the same hash tag, so that a
-- cluster keeps them on one node; KEYS[1] is only there to lead to it. Times are the server's, in milliseconds.
--
-- An entry is "id:begun:payload": a number that names it, how often it was begun by a worker that died, and the request.
local P = ARGV[1]
local META, QUEUE, WORKERS = P .. 'frontier', P .. 'requests', P .. 'workers'
local DEAD, UNREADABLE, STARTS, TRASH, LEDGERS = P .. 'dead', P .. 'dead:unreadable', P .. 'starts', P .. 'trash', P .. 'ledgers'
local PLACES = 8589934592  -- 2^33 requests a priority before the order between priorities blurs

local function leases(worker) return P .. 'leases:' .. worker end
local function staged(worker) return P .. 'staged:' .. worker end
local function about(worker) return P .. 'worker:' .. worker end
local function whole(number) return string.format('%.0f', number) end

local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function run_id()  -- another one after a restart or a failover; '' where INFO is not allowed
  local told = redis.pcall('INFO', 'server')
  return type(told) == 'string' and string.match(told, 'run_id:(%w+)') or ''
end

local counted = {}
local function count(name, more)
  if more ~= 0 then counted[name] = (counted[name] or 0) + more end
end
local function save_counts()
  for name, more in pairs(counted) do redis.call('HINCRBY', META, name, whole(more)) end
end

local function read_entry(entry)
  local id, begun, payload = string.match(entry, '^(%d+):(%d+):(.*)$')
  return id, tonumber(begun), payload
end

-- A lease keeps the score beside the entry: "score entry".
local function read_lease(lease)
  return string.match(lease, '^(%-?%d+) (.*)$')
end

-- What is put aside, as JSON: when, why, how often begun, by whom, and the entry's payload and score.
local function bury(id, kind, reason, begun, payload, score, worker, now)
  local told = {at = now, kind = kind, reason = reason, begun = begun, worker = worker, score = score, payload = payload}
  redis.call('HSET', DEAD, id, cjson.encode(told))
  if kind == 'unreadable' then redis.call('SADD', UNREADABLE, id) end
  count('buried', 1)
end

-- Gives back the leases of a worker that died; those begun too often are put aside.
local function reap(worker, attempts, now)
  local held = redis.call('HGETALL', leases(worker))
  for place = 1, #held, 2 do
    local score, entry = read_lease(held[place + 1])
    local id, begun, payload = read_entry(entry)
    begun = begun + 1
    if begun >= attempts then
      bury(id, 'died', 'its worker died ' .. whole(begun) .. ' times while it was begun', begun, payload, score, worker, now)
    else
      redis.call('ZADD', QUEUE, score, id .. ':' .. whole(begun) .. ':' .. payload)
    end
  end
  redis.call('DEL', leases(worker), staged(worker), about(worker))
  redis.call('ZREM', WORKERS, worker)
  count('requeued', #held / 2)
  count('reaped', 1)
end

local function leased()
  local sum = 0
  for _, worker in ipairs(redis.call('ZRANGE', WORKERS, 0, -1)) do sum = sum + redis.call('HLEN', leases(worker)) end
  return sum
end

-- Start requests that are being pushed by a worker that lives.
local function starting()
  local sum, fields = 0, redis.call('HGETALL', STARTS)
  for place = 1, #fields, 2 do
    if string.sub(fields[place], 1, 6) == 'owner:' and redis.call('ZSCORE', WORKERS, fields[place + 1]) then sum = sum + 1 end
  end
  return sum
end
