-- Pushes seeds; a run pushes each once, however often the same batch is sent.
-- KEYS: seeds, recent (when which seed was pushed last), marks of the run, its counts
-- ARGV: now, seconds in which a seed is not pushed again (0: never mind), seconds and number that recent keeps, seconds
--       that a run is remembered, kind of key to make, '1' for the first batch, then message, mark, priority of each seed
local now, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'none' then kind = ARGV[6] end
if kind ~= 'list' and kind ~= 'set' and kind ~= 'zset' then return {'WRONG', kind} end
if ARGV[7] == '' and redis.call('EXISTS', KEYS[4]) == 0 then return {'LOST'} end

local counts = {pushed = 0, known = 0, twice = 0}
for place = 8, #ARGV, 3 do
  local message, mark, priority = ARGV[place], ARGV[place + 1], ARGV[place + 2]
  local pushed = window > 0 and redis.call('ZSCORE', KEYS[2], mark)
  if redis.call('SADD', KEYS[3], mark) == 0 then
    counts.twice = counts.twice + 1
  elseif pushed and now - tonumber(pushed) < window then
    counts.known = counts.known + 1
  else
    counts.pushed = counts.pushed + 1
    redis.call('ZADD', KEYS[2], now, mark)
    if kind == 'list' then
      redis.call('RPUSH', KEYS[1], message)
    elseif kind == 'set' then
      redis.call('SADD', KEYS[1], message)
    else
      redis.call('ZADD', KEYS[1], priority, message)
    end
  end
end
redis.call('HINCRBY', KEYS[4], 'pushed', counts.pushed)
redis.call('HINCRBY', KEYS[4], 'known', counts.known)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - tonumber(ARGV[3]))
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -tonumber(ARGV[4]) - 1)
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('EXPIRE', KEYS[3], ARGV[5])
redis.call('EXPIRE', KEYS[4], ARGV[5])
local told = redis.call('HMGET', KEYS[4], 'pushed', 'known')
return {'OK', told[1], told[2], tostring(counts.twice)}
