-- Says of workers whether they are still registered, and which batch of seeds they pushed last ('' none).
-- ARGV: prefix, then workers
local told = {}
for place = 2, #ARGV do
  told[#told + 1] = redis.call('ZSCORE', WORKERS, ARGV[place]) and 1 or 0
  told[#told + 1] = redis.call('HGET', P .. 'seeded', ARGV[place]) or ''
end
return {'OK', told}
