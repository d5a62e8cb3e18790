-- Takes seeds that somebody pushed, and keeps them beside their key until they are in the queue: these two keys may lie
-- on another node of a cluster than the queue. A batch that is not settled yet is given again.
-- KEYS: seeds, claimed; ARGV: worker, number of the batch, most
local held = redis.call('HGET', KEYS[2], ARGV[1])
if held then
  local batch = cmsgpack.unpack(held)
  return {batch.no, batch.seeds}
end
local kind, most = redis.call('TYPE', KEYS[1]).ok, tonumber(ARGV[3])
local seeds, scores = {}, {}
if kind == 'list' then
  seeds = redis.call('LRANGE', KEYS[1], 0, most - 1)
  redis.call('LTRIM', KEYS[1], most, -1)
elseif kind == 'set' then
  seeds = redis.call('SPOP', KEYS[1], most)
elseif kind == 'zset' then
  local found = redis.call('ZPOPMAX', KEYS[1], most)
  for place = 1, #found, 2 do
    seeds[#seeds + 1], scores[#scores + 1] = found[place], found[place + 1]
  end
end
if #seeds > 0 then
  redis.call('HSET', KEYS[2], ARGV[1], cmsgpack.pack({no = ARGV[2], kind = kind, seeds = seeds, scores = scores}))
end
return {ARGV[2], seeds}
