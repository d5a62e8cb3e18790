-- After a restart or a failover of Redis, which may have lost its last second: what it takes for leased and the worker
-- does not hold goes back to the queue; what the worker holds and Redis does not is told.
-- ARGV: prefix, epoch, worker, lease ms, then the ids that the worker holds
local epoch, worker, lease = ARGV[2], ARGV[3], tonumber(ARGV[4])
local known = redis.call('HGET', META, 'epoch')
if known ~= epoch then return {'LOST', run_id()} end
if not redis.call('ZSCORE', WORKERS, worker) then return {'EXPIRED'} end
redis.call('ZADD', WORKERS, clock() + lease, worker)
local held, missing, returned = {}, {}, 0
for place = 5, #ARGV do
  held[ARGV[place]] = true
  if redis.call('HEXISTS', leases(worker), ARGV[place]) == 0 then missing[#missing + 1] = ARGV[place] end
end
local leased_here = redis.call('HGETALL', leases(worker))
for place = 1, #leased_here, 2 do
  if not held[leased_here[place]] then
    redis.call('ZADD', QUEUE, read_lease(leased_here[place + 1]))
    redis.call('HDEL', leases(worker), leased_here[place])
    returned = returned + 1
  end
end
count('released', returned)
save_counts()
return {'OK', run_id(), returned, missing}
