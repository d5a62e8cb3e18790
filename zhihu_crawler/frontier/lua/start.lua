-- Who pushes the start requests: whoever comes first; another goes on where it stood when that one died.
-- ARGV: prefix, epoch, worker, id of the start (what its requests are made from)
local epoch, worker, id = ARGV[2], ARGV[3], ARGV[4]
if redis.call('HGET', META, 'epoch') ~= epoch then return {'LOST', run_id()} end
local found = redis.call('HMGET', STARTS, 'owner:' .. id, 'position:' .. id)
if found[2] == 'done' then return {'OK', 'done', '0'} end
if found[1] and found[1] ~= worker and redis.call('ZSCORE', WORKERS, found[1]) then return {'OK', 'other', '0'} end
redis.call('HSET', STARTS, 'owner:' .. id, worker, 'position:' .. id, found[2] or '0')
return {'OK', 'mine', found[2] or '0'}
