-- Ends a claim on seeds: they are in the queue ('done'), or they go back to where they were taken ('back').
-- KEYS: seeds, claimed; ARGV: worker, number of the batch or '' for any, 'done' or 'back'
local held = redis.call('HGET', KEYS[2], ARGV[1])
local batch = held and cmsgpack.unpack(held)
if not batch or (ARGV[2] ~= '' and batch.no ~= ARGV[2]) then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
if ARGV[3] == 'done' then return 0 end
for place = #batch.seeds, 1, -1 do
  local seed = batch.seeds[place]
  if batch.kind == 'list' then
    redis.call('LPUSH', KEYS[1], seed)
  elseif batch.kind == 'set' then
    redis.call('SADD', KEYS[1], seed)
  else
    redis.call('ZADD', KEYS[1], batch.scores[place], seed)
  end
end
return #batch.seeds
