-- One round of a worker: what came of its pages goes in, requests to crawl come out, its lease is renewed.
-- All of it happens or nothing; a round that is sent again with the same number changes nothing and gives the same.
-- ARGV: prefix, epoch, run id, worker, number, lease ms, attempts, wanted, shared seen-set or '', age ms, then operations:
--   'page'   id, verdict, kind, reason, stages, children, marks, then children, then marks
--   'stage'  id, number of the stage, children, then children
--   'roots'  children, then children
--   'start'  id, position or 'done'
--   'seeds'  number of the batch
--   'bury'   kind, reason, payload
-- a child is 4: how ('new', 'again', 'seed', 'start'), mark, priority, payload; a mark is 2: ledger, mark ('' drops it).
local epoch, run, worker, no = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local lease, attempts, wanted = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local now = clock()
local meta = redis.call('HMGET', META, 'epoch', 'crawl', 'seq', 'paused', 'draining', 'state')
local runs = run_id()
if meta[1] ~= epoch then return {'LOST', runs} end
if runs ~= run then return {'RESTARTED', runs} end
local expires = redis.call('ZSCORE', WORKERS, worker)
if not expires then return {'EXPIRED'} end

-- A worker that lives and whose lease ran out was not served in time, so neither were the others: nobody is given up.
if tonumber(expires) < now then
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', WORKERS, '-inf', now)) do redis.call('ZADD', WORKERS, now + lease, other) end
end
redis.call('ZADD', WORKERS, now + lease, worker)
local gone = redis.call('ZRANGEBYSCORE', WORKERS, '-inf', now, 'LIMIT', 0, 1)[1]
if gone then reap(gone, attempts, now) end
if redis.call('EXISTS', TRASH) == 1 then sweep(TRASH, 100) end

local at = 11
local function arg()
  at = at + 1
  return ARGV[at - 1]
end

local seq = tonumber(meta[3] or 0)
local crawl_key = P .. 'dupefilter:' .. meta[2]
local seen, begun_here  -- opened when the first child comes
local duplicates, pushed = 0, 0

local function is_wanted(how, mark)
  if how == 'again' then return true end
  if not seen then
    local shared = ARGV[9] ~= ''
    seen = open_seen(shared and ARGV[9] or crawl_key, tonumber(ARGV[10]), now)
    begun_here = shared and {seen_set(crawl_key)} or seen
  end
  if how == 'start' and begun_here ~= seen then  -- seen in an earlier crawl does not count; twice in this one does
    see(seen, mark)
    return see(begun_here, mark)
  end
  return see(seen, mark) or how == 'seed'
end

local function push(how, mark, priority, payload)
  if not is_wanted(how, mark) then
    duplicates = duplicates + 1
    return
  end
  seq, pushed = seq + 1, pushed + 1
  redis.call('ZADD', QUEUE, whole(-tonumber(priority) * PLACES + seq), whole(seq) .. ':0:' .. payload)
end

local function push_some(children)
  for _ = 1, children do push(arg(), arg(), arg(), arg()) end
end

local function pass(values)
  at = at + values
end

local function push_staged(id, stages)
  for stage = 1, stages do
    local packed = redis.call('HGET', staged(worker), id .. ':' .. whole(stage))
    for _, child in ipairs(cmsgpack.unpack(packed)) do push(child[1], child[2], child[3], child[4]) end
  end
end

local function drop_staged(id, stages)
  for stage = 1, stages do redis.call('HDEL', staged(worker), id .. ':' .. whole(stage)) end
end

local ledgers = {}
local function note(ledger, mark)
  local key = P .. 'ledger:' .. ledger
  if mark == '' then
    ledgers[key] = nil
    if redis.call('SREM', LEDGERS, key) == 1 then drop(TRASH, key) end
    return
  end
  if not ledgers[key] then
    ledgers[key] = seen_set(key)
    redis.call('SADD', LEDGERS, key)
  end
  put(ledgers[key], mark)
end

-- What becomes of the request itself: 'ok' is done, 'back' waits again as it was, 'again' waits behind the others and
-- has been begun once more, 'dead' is put aside.
local function settle(verdict, kind, reason, id, lease_of)
  local score, entry = read_lease(lease_of)
  local _, begun, payload = read_entry(entry)
  if verdict == 'again' and begun + 1 < attempts then
    seq = seq + 1
    local priority = -math.floor(tonumber(score) / PLACES)
    redis.call('ZADD', QUEUE, whole(-priority * PLACES + seq), id .. ':' .. whole(begun + 1) .. ':' .. payload)
    count('requeued', 1)
  elseif verdict == 'back' then
    redis.call('ZADD', QUEUE, score, entry)
    count('released', 1)
  elseif verdict == 'ok' then
    count('done', 1)
  else
    bury(id, kind, reason, verdict == 'again' and begun + 1 or begun, payload, score, worker, now)
  end
end

local stale = {}
local function page()
  local id, verdict, kind, reason, stages, children, marks = arg(), arg(), arg(), arg(), tonumber(arg()), tonumber(arg()), tonumber(arg())
  local lease_of = redis.call('HGET', leases(worker), id)
  if not lease_of then  -- it was taken from this worker: whoever has it now brings the children
    stale[#stale + 1] = id
    count('stale', 1)
    return pass(children * 4 + marks * 2)
  end
  redis.call('HDEL', leases(worker), id)
  if verdict == 'ok' or verdict == 'dead' then
    push_staged(id, stages)
    push_some(children)
    for _ = 1, marks do note(arg(), arg()) end
  else
    pass(children * 4 + marks * 2)
  end
  drop_staged(id, stages)
  settle(verdict, kind, reason, id, lease_of)
end

local function stage()
  local id, number, children = arg(), arg(), {}
  for place = 1, tonumber(arg()) do children[place] = {arg(), arg(), arg(), arg()} end
  if redis.call('HEXISTS', leases(worker), id) == 1 then
    redis.call('HSET', staged(worker), id .. ':' .. number, cmsgpack.pack(children))
  end
end

local function start()
  local id, position = arg(), arg()
  if redis.call('HGET', STARTS, 'owner:' .. id) ~= worker then return end
  if position == 'done' then
    redis.call('HDEL', STARTS, 'owner:' .. id)
  end
  redis.call('HSET', STARTS, 'position:' .. id, position)
end

local function bury_found()
  seq = seq + 1
  bury(whole(seq), arg(), arg(), 0, arg(), nil, worker, now)
end

local operations = {
  page = page,
  stage = stage,
  roots = function() push_some(tonumber(arg())) end,
  start = start,
  seeds = function() redis.call('HSET', P .. 'seeded', worker, arg()) end,
  bury = bury_found,
}

local last = redis.call('HMGET', about(worker), 'no', 'reply', 'since')
local is_draining = meta[5] and tonumber(meta[5]) >= tonumber(last[3])  -- only who was there when it was asked for

local function take()
  local entries = {}
  if wanted <= 0 or meta[4] or is_draining then return entries end
  local share = math.ceil(redis.call('ZCARD', QUEUE) / redis.call('ZCARD', WORKERS))  -- of little, each gets a little
  local found = share > 0 and redis.call('ZPOPMIN', QUEUE, math.min(wanted, share)) or {}
  for place = 1, #found, 2 do
    local entry = found[place]
    local id = read_entry(entry)
    if id then
      redis.call('HSET', leases(worker), id, whole(tonumber(found[place + 1])) .. ' ' .. entry)
      entries[#entries + 1] = entry
    else  -- written by another hand
      seq = seq + 1
      bury(whole(seq), 'unreadable', 'it is no entry of this queue', 0, entry, found[place + 1], worker, now)
    end
  end
  return entries
end

local entries = {}
if last[1] == no then
  local told = cmsgpack.unpack(last[2])
  duplicates, stale = told[1], told[2]
  for _, id in ipairs(told[3]) do
    local lease_of = redis.call('HGET', leases(worker), id)
    if lease_of then
      local _, entry = read_lease(lease_of)
      entries[#entries + 1] = entry
    end
  end
else
  while at <= #ARGV do operations[arg()]() end
  entries = take()
  local ids = {}
  for place, entry in ipairs(entries) do ids[place] = read_entry(entry) end
  redis.call('HSET', about(worker), 'no', no, 'reply', cmsgpack.pack({duplicates, stale, ids}))
  count('pushed', pushed)
  count('duplicates', duplicates)
  if whole(seq) ~= meta[3] then redis.call('HSET', META, 'seq', whole(seq)) end
  if pushed > 0 and meta[6] == 'finished' then redis.call('HSET', META, 'state', 'running') end
  if seen then
    for _, set in ipairs(seen) do save(set) end
    if begun_here ~= seen then save(begun_here[1]) end
  end
  for _, ledger in pairs(ledgers) do save(ledger) end
  save_counts()
end
local waiting = redis.call('ZCARD', QUEUE)
local elsewhere = (#entries == 0 and wanted > 0) and leased() + starting() or -1
local mode = is_draining and 'draining' or meta[4] and 'paused' or ''
return {'OK', no, duplicates, stale, entries, waiting, elsewhere, mode, redis.call('SCARD', UNREADABLE), redis.call('HLEN', DEAD)}
