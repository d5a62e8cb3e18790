-- Begins a run that was claimed, once. ARGV: now, due time, attempt, who, lease
if not is_it(ARGV[2], ARGV[3], 'queued') then return 0 end
redis.call('HSET', STATE, 'status', 'running', 'owner', ARGV[4], 'started', ARGV[1],
  'until', tonumber(ARGV[1]) + tonumber(ARGV[5]))
return 1
