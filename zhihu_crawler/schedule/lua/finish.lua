-- Ends a try: for good, or 'retry' until a time. ARGV: now, due time, attempt, status, result, time of the next try,
-- history at most
if not is_it(ARGV[2], ARGV[3], 'running') then return 0 end
if ARGV[4] == 'retry' then
  redis.call('HSET', STATE, 'status', 'retry', 'retry_at', ARGV[6], 'told', ARGV[5], 'progress', '')
else
  close(ARGV[4], ARGV[5], ARGV[1], tonumber(ARGV[7]))
end
return 1
