-- Keeps a run that goes on; 0 where it is another's by now. ARGV: now, due time, attempt, lease, how far it is
if not is_it(ARGV[2], ARGV[3], 'running') then return 0 end
redis.call('HSET', STATE, 'until', tonumber(ARGV[1]) + tonumber(ARGV[4]), 'progress', ARGV[5])
return 1
