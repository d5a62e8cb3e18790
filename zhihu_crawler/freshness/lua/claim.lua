-- Claims things in the order given, as far as the allowance reaches.
-- KEYS: the allowance, then a claim for each thing. ARGV: pages a day, milliseconds that a claim lasts, then for each
-- thing when it was last visited. Replies with the places (from 1) that were claimed, and the allowance that is left.
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local budget, lasts = tonumber(ARGV[1]), ARGV[2]
local left, at = unpack(redis.call('HMGET', KEYS[1], 'left', 'at'))
left = tonumber(left or budget) + budget * math.max(now - tonumber(at or now), 0) / 86400000
left = math.min(left, budget)
local claimed = {}
for place = 2, #KEYS do
  if left < 1 then break end
  local visit = redis.call('GET', KEYS[place])
  if not visit or tonumber(visit) < tonumber(ARGV[place + 1]) then
    redis.call('SET', KEYS[place], ARGV[place + 1], 'PX', lasts)
    left = left - 1
    claimed[#claimed + 1] = place - 1
  end
end
redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left), 'at', now)
redis.call('PEXPIRE', KEYS[1], 7 * 86400000)
return {claimed, math.floor(left)}
