-- Leaves: what the worker holds goes back as it was. The last one to leave a crawl of which nothing is left finishes it.
-- ARGV: prefix, epoch, worker, why
local epoch, worker, why = ARGV[2], ARGV[3], ARGV[4]
if redis.call('HGET', META, 'epoch') ~= epoch then return {'LOST', run_id()} end
local held = redis.call('HVALS', leases(worker))
for _, lease in ipairs(held) do redis.call('ZADD', QUEUE, read_lease(lease)) end
redis.call('DEL', leases(worker), staged(worker), about(worker))
redis.call('ZREM', WORKERS, worker)
count('released', #held)
local unfinished, fields = 0, redis.call('HGETALL', STARTS)
for place = 1, #fields, 2 do
  local what, id = string.match(fields[place], '^(%w+):(.*)$')
  if what == 'owner' and fields[place + 1] == worker then redis.call('HDEL', STARTS, fields[place]) end
  if what == 'position' and fields[place + 1] ~= 'done' then unfinished = unfinished + 1 end
end
if why == 'finished' and redis.call('ZCARD', QUEUE) + leased() + unfinished == 0 then
  redis.call('HSET', META, 'state', 'finished')
end
save_counts()
return {'OK', #held, redis.call('HGET', META, 'state')}
