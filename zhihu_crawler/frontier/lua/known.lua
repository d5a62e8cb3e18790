-- Says which marks a listing's ledger has: 1 or 0 each. Marks come in with the page that brought them.
-- ARGV: prefix, epoch, ledger, then marks
if redis.call('HGET', META, 'epoch') ~= ARGV[2] then return {'LOST', run_id()} end
local ledger, told = seen_set(P .. 'ledger:' .. ARGV[3]), {}
for place = 4, #ARGV do told[place - 3] = is_in(ledger, ARGV[place]) and 1 or 0 end
return {'OK', told}
