-- Puts what was put aside back into the queue, as if it had just been found; seeds are returned, for they have a key of
-- their own. ARGV: prefix, then ids
local now, seq, revived, seeds = clock(), tonumber(redis.call('HGET', META, 'seq') or 0), 0, {}
for place = 2, #ARGV do
  local id = ARGV[place]
  local told = redis.call('HGET', DEAD, id)
  local dead = told and cjson.decode(told)
  if dead and dead.kind == 'seed' then
    seeds[#seeds + 1] = told
    redis.call('HDEL', DEAD, id)
  elseif dead and dead.score then
    seq = seq + 1
    redis.call('ZADD', QUEUE, whole(math.floor(tonumber(dead.score) / PLACES) * PLACES + seq), whole(seq) .. ':0:' .. dead.payload)
    redis.call('HDEL', DEAD, id)
    redis.call('SREM', UNREADABLE, id)
    revived = revived + 1
  end
end
redis.call('HSET', META, 'seq', whole(seq))
if revived > 0 and redis.call('HGET', META, 'state') == 'finished' then redis.call('HSET', META, 'state', 'running') end
return {'OK', revived, seeds}
