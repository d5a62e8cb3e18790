-- Whoever comes first has a run; the same due time is never had twice, but that a try of it failed or was lost.
-- ARGV: now, due time or '', missed, '1' for one by hand, who asks, seconds it may wait, tries at most, longest wait or
--       lease, seconds ahead at which a due time is of a wrong clock, history at most, days the state is kept
local now, due, most = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[10])
redis.call('HSETNX', STATE, 'since', ARGV[1])
redis.call('PEXPIRE', STATE, tonumber(ARGV[11]) * 86400000)

local found = redis.call('HMGET', STATE, 'due', 'status', 'until', 'attempt', 'retry_at', 'owner', 'missed')
local last, status, attempt = found[1] and tonumber(found[1]), found[2] or '', number_of(found[4])
if last and last - now > tonumber(ARGV[9]) then
  redis.call('HDEL', STATE, 'due', 'status')
  redis.call('HSET', STATE, 'since', ARGV[1])
  last, status = nil, ''
end

local left = number_of(found[3]) - now
local is_open, is_lapsed = status == 'queued' or status == 'running', left <= 0 or left > tonumber(ARGV[8])
if is_open and not is_lapsed then
  return {'busy', found[1], found[4], found[6] or '', status}
end

local is_new = due ~= '' and (not last or tonumber(due) > last)
if is_new then
  if status == 'queued' then close('failed', 'no worker took it before the next run was due', ARGV[1], most) end
  if status == 'running' then close('failed', 'its worker was lost, and the next run was due', ARGV[1], most) end
  if status == 'retry' then close('failed', redis.call('HGET', STATE, 'told') or '', ARGV[1], most) end
  attempt = 1
elseif status == 'running' then
  if attempt >= tonumber(ARGV[7]) then
    close('failed', 'its worker was lost', ARGV[1], most)
    return {'failed', found[1], found[4]}
  end
  attempt, due = attempt + 1, found[1]
elseif status == 'retry' then
  local wait = number_of(found[5]) - now
  if wait > 0 and wait <= tonumber(ARGV[8]) then return {'waits', found[1], found[4]} end
  attempt, due = attempt + 1, found[1]
elseif status == 'queued' then
  due = found[1]
else
  return {'none'}
end

local missed = is_new and ARGV[3] or found[7]
local manual = is_new and ARGV[4] or redis.call('HGET', STATE, 'manual')
redis.call('HSET', STATE, 'due', due, 'status', 'queued', 'attempt', attempt, 'until', now + tonumber(ARGV[6]),
  'owner', ARGV[5], 'missed', missed, 'manual', manual, 'progress', '', 'retry_at', 0)
if is_new then redis.call('HSET', STATE, 'started', 0) end
return {'claimed', due, tostring(attempt), missed}
