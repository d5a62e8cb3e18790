-- Takes in what a worker did since its last report; a report that comes twice counts once.
-- KEYS: the worker, the spider's workers, its minutes. ARGV: the worker's name, its run, the number of the report, what
-- the worker says of itself, the newest item's time in ms or "", milliseconds that all is kept, then names and counts.
-- Minutes lie in a hash an hour: fields are "<minute>:<name>", for the minute since 1970 by the server's clock.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = tonumber(ARGV[6])
local run, number = unpack(redis.call('HMGET', KEYS[1], 'run', 'number'))
if run == ARGV[2] and tonumber(number) >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], 'run', ARGV[2], 'number', ARGV[3], 'about', ARGV[4], 'at', now)
redis.call('PEXPIRE', KEYS[1], kept)
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', '(' .. (now - kept))
redis.call('PEXPIRE', KEYS[2], kept)
local minute = math.floor(now / 60000)
local key = KEYS[3] .. ':' .. math.floor(minute / 60)
for place = 7, #ARGV, 2 do
  local field = minute .. ':' .. ARGV[place]
  if ARGV[place] == 'waiting' then
    redis.call('HSET', key, field, ARGV[place + 1])
  else
    redis.call('HINCRBY', key, field, ARGV[place + 1])
  end
end
redis.call('PEXPIRE', key, kept + 3600000)
if ARGV[5] ~= '' then
  local last = tonumber(redis.call('HGET', KEYS[3], 'last_item') or 0)
  if tonumber(ARGV[5]) > last then redis.call('HSET', KEYS[3], 'last_item', ARGV[5]) end
end
return 1
