-- Joins the crawl, or begins one where there is none or the last was finished.
-- ARGV: prefix, worker, about it (JSON), lease ms, a new epoch, format, 1 to begin anew
local worker, told, lease, epoch, format, anew = ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7] == '1'
local now = clock()
local known = redis.call('HMGET', META, 'epoch', 'format', 'state', 'crawl')
if known[1] and known[2] ~= format then return {'FORMAT', known[2]} end
local alive = redis.call('ZCOUNT', WORKERS, now, '+inf')
local begun = 0
if not known[1] or ((known[3] == 'finished' or anew) and alive == 0) then
  begun = 1
  if known[1] then
    drop(TRASH, P .. 'dupefilter:' .. known[4])
    for _, ledger in ipairs(redis.call('SMEMBERS', LEDGERS)) do drop(TRASH, ledger) end
    for _, other in ipairs(redis.call('ZRANGE', WORKERS, 0, -1)) do redis.call('DEL', leases(other), staged(other), about(other)) end
    redis.call('DEL', STARTS, LEDGERS, WORKERS)
    if anew then redis.call('DEL', QUEUE, DEAD, UNREADABLE) end
    redis.call('HDEL', META, 'pushed', 'done', 'duplicates', 'requeued', 'reaped', 'buried', 'stale', 'released')
  end
  redis.call('HSET', META, 'epoch', known[1] or epoch, 'format', format, 'state', 'running',
    'crawl', whole((tonumber(known[4] or 0) or 0) + 1), 'begun', whole(now))
end
redis.call('ZADD', WORKERS, now + lease, worker)
redis.call('HSET', about(worker), 'about', told, 'no', '0', 'since', whole(now))
local meta = redis.call('HMGET', META, 'epoch', 'crawl', 'begun')
return {'OK', meta[1], run_id(), meta[2], begun, meta[3], redis.call('ZCARD', QUEUE), leased(), redis.call('HLEN', DEAD), now}
