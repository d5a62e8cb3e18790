-- What the scripts of runs share. KEYS: state, history
local STATE, HISTORY = KEYS[1], KEYS[2]

local function number_of(text)
  return tonumber(text or '') or 0
end

-- Ends the run that the state tells of: it becomes the last one, and the newest of the history.
local function close(status, result, now, most)
  local told = redis.call('HMGET', STATE, 'due', 'attempt', 'started', 'owner', 'missed', 'manual')
  local last = cjson.encode({
    due = number_of(told[1]), attempt = number_of(told[2]), started = number_of(told[3]), owner = told[4] or '',
    missed = number_of(told[5]), manual = told[6] == '1', status = status, result = result, ended = number_of(now)
  })
  redis.call('HSET', STATE, 'status', status, 'last', last, 'progress', '', 'told', '')
  redis.call('LPUSH', HISTORY, last)
  redis.call('LTRIM', HISTORY, 0, most - 1)
  redis.call('PEXPIRE', HISTORY, redis.call('PTTL', STATE) + 1)
end

-- Whether a run is still the one that somebody has in hand.
local function is_it(due, attempt, status)
  local found = redis.call('HMGET', STATE, 'due', 'attempt', 'status')
  return number_of(found[1]) == number_of(due) and found[2] == attempt and found[3] == status
end
