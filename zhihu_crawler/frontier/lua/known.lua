-- Says which marks a listing's ledger has: 1 or 0 each. Marks come in with the page that brought them.
-- A worker that was given up is told so: its page is another's, who may have walked on.
-- ARGV: prefix, epoch, worker, ledger, then marks
if redis.call('HGET', META, 'epoch') ~= ARGV[2] then return {'LOST', run_id()} end
if not redis.call('ZSCORE', WORKERS, ARGV[3]) then return {'EXPIRED'} end
local ledger, told = seen_set(P .. 'ledger:' .. ARGV[4]), {}
for place = 5, #ARGV do told[place - 4] = is_in(ledger, ARGV[place]) and 1 or 0 end
return {'OK', told}
