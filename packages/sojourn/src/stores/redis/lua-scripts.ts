import { luaEnding, luaRecord } from "./lua-record.ts";
import { Script } from "./script.ts";

/*
 * One script for each verb that writes. KEYS of those that can end a session: 1 times of being over, 2 the
 * feed, 3 when its entries may go, then what stands beside the script. ARGV[1] is the retention, in ms.
 */
const reading = (lua: string): Script => new Script(luaRecord + lua);
const writing = (lua: string): Script => new Script(luaRecord + luaEnding + lua);

/** KEYS: 4 the user's sids, 5 the session. ARGV: sid, text, now, limit or "", "1" to deny. Gives whether it was added, and who made room. */
export const createScript: Script = writing(String.raw`
local sid, mine, now, max = ARGV[2], open(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local known = load(KEYS[5])
-- Sent again by a client whose connection broke before the answer came: it was added then, by this very call.
if known then return {known[CALL] == mine[CALL] and 1 or 0} end
local rivals, stale = {}, {}
if max then
  -- By the time they were made, then by sid: the oldest first.
  for _, other in ipairs(redis.call('ZRANGE', KEYS[4], 0, -1)) do
    local record = load(base .. 's:' .. other)
    if not record then stale[#stale + 1] = other
    elseif record[KIND] == mine[KIND] and alive(record, now) then rivals[#rivals + 1] = {other, record} end
  end
  if ARGV[6] == '1' and #rivals >= max then return {0} end
end
redis.call('SET', KEYS[5], ARGV[3], 'PXAT', kept_until(over_at(mine)))
redis.call('ZADD', KEYS[1], whole(over_at(mine)), sid)
extend(KEYS[1], tonumber(mine[EXPIRES]))
if mine[ENDED] == 'null' then
  redis.call('ZADD', KEYS[4], mine[CREATED], sid)
  extend(KEYS[4], tonumber(mine[EXPIRES]))
end
for _, other in ipairs(stale) do redis.call('ZREM', KEYS[4], other) end
local reply = {1}
for at = 1, max and #rivals + 1 - max or 0 do
  finish(rivals[at][1], rivals[at][2], ARGV[4], '"limit"')
  reply[#reply + 1] = rivals[at][1]
end
if #reply > 1 then signal() end
tidy(now)
return reply
`);

/** Takes back a session that nobody has heard of. KEYS: 4 the user's sids, 5 the session. ARGV: sid. */
export const withdrawScript: Script = writing(String.raw`
redis.call('DEL', KEYS[5])
redis.call('ZREM', KEYS[4], ARGV[2])
redis.call('ZREM', KEYS[1], ARGV[2])
return 1
`);

/** KEYS: 1 times of being over, then sessions. ARGV: for each of them when it was seen, now and a counter; "" for none. Gives how many it reached. */
export const touchScript: Script = writing(String.raw`
local records, reached, count = {}, {}, 0
for at = 2, #KEYS do
  local key, given = KEYS[at], 3 * at - 4
  local record = records[key]
  if record == nil then record = load(key) or false end
  records[key] = record
  if record and alive(record, tonumber(ARGV[given + 1])) then
    local seen, counter = tonumber(ARGV[given]), tonumber(ARGV[given + 2])
    if seen and seen > tonumber(record[SEEN]) then record[SEEN] = ARGV[given] end
    local head = tonumber(record[COUNTER])
    if counter and head and counter <= head and counter > tonumber(record[CONFIRMED]) then
      record[CONFIRMED] = ARGV[given + 2]
      if tonumber(ARGV[given + 1]) > tonumber(record[ROTATED]) then record[ROTATED] = ARGV[given + 1] end
    end
    if not reached[key] then count = count + 1 end
    reached[key] = record
  end
end
for key, record in pairs(reached) do
  save(key, record)
  redis.call('ZADD', KEYS[1], 'XX', whole(over_at(record)), string.sub(key, -36))
end
return count
`);

/** KEYS: the session. ARGV: the head, the next, now, key id. Gives the session after the step. */
export const rotateScript: Script = reading(String.raw`
local record = load(KEYS[1])
if not record or record[COUNTER] ~= ARGV[1] or not alive(record, tonumber(ARGV[3])) then return false end
if tonumber(record[CONFIRMED]) < tonumber(ARGV[1]) then record[CONFIRMED] = ARGV[1] end
record[COUNTER], record[ROTATED] = ARGV[2], ARGV[3]
local lines = split(record.rest)
lines[KEY_ID] = ',' .. ARGV[4]
record.rest = table.concat(lines, '\n')
local text = close(record)
redis.call('SET', KEYS[1], text, 'KEEPTTL')
return text
`);

/** KEYS: 1 times of being over, 2 the session. ARGV: now, version, the next, then pairs of place and value. Gives the session after the step. */
export const updateScript: Script = writing(String.raw`
local record = load(KEYS[2])
if not record or record[VERSION] ~= ARGV[3] or not alive(record, tonumber(ARGV[2])) then return false end
record[VERSION] = ARGV[4]
local lines = split(record.rest)
for at = 5, #ARGV, 2 do
  local place, value = tonumber(ARGV[at]), ARGV[at + 1]
  if place > LAST then lines[place - LAST] = ',' .. value
  elseif place ~= SEEN or tonumber(value) > tonumber(record[SEEN]) then record[place] = value end
end
record.rest = table.concat(lines, '\n')
save(KEYS[2], record)
redis.call('ZADD', KEYS[1], 'XX', whole(over_at(record)), string.sub(KEYS[2], -36))
return close(record)
`);

const dataLines = String.raw`
-- What the data has, each a name with its value.
local function entries_of(lines)
  local entries = {}
  for at = DATA + 1, #lines - 1 do
    entries[#entries + 1] = at == DATA + 1 and lines[at] or string.sub(lines[at], 2)
  end
  return entries
end

local function store(record, lines, entries)
  local text = table.concat(lines, '\n', 1, DATA) .. '\n'
  if #entries > 0 then text = text .. table.concat(entries, '\n,') .. '\n' end
  record.rest = text .. lines[#lines]
  redis.call('SET', KEYS[1], close(record), 'KEEPTTL')
end
`;

/** KEYS: the session. ARGV: now, the name; to set it, also name with value, and the most bytes. Gives `stored`, `too_large` or `gone`. */
export const dataScript: Script = reading(
  dataLines +
    String.raw`
local record = load(KEYS[1])
if not record or not alive(record, tonumber(ARGV[1])) then return 'gone' end
local lines, name = split(record.rest), ARGV[2] .. ':'
local entries, size, found = {}, 1, false
for _, entry in ipairs(entries_of(lines)) do
  if string.sub(entry, 1, #name) == name then
    entry, found = ARGV[3], true
  end
  if entry then entries[#entries + 1] = entry end
end
if ARGV[3] and not found then entries[#entries + 1] = ARGV[3] end
-- Two braces, and a comma between two entries.
for _, entry in ipairs(entries) do size = size + #entry + 1 end
if ARGV[3] and math.max(size, 2) > tonumber(ARGV[4]) then return 'too_large' end
store(record, lines, entries)
return 'stored'
`,
);

/** KEYS: the session. ARGV: now, the name. Gives the value that it held. */
export const takeDataScript: Script = reading(
  dataLines +
    String.raw`
local record = load(KEYS[1])
if not record or not alive(record, tonumber(ARGV[1])) then return false end
local lines, name = split(record.rest), ARGV[2] .. ':'
local left, taken = {}, false
for _, entry in ipairs(entries_of(lines)) do
  if string.sub(entry, 1, #name) == name then taken = string.sub(entry, #name + 1)
  else left[#left + 1] = entry end
end
if taken then store(record, lines, left) end
return taken
`,
);

/** KEYS: 4 the session. ARGV: now, reason, sid. Gives what it was before. */
export const revokeScript: Script = writing(String.raw`
local record, text = load(KEYS[4])
if not record or not alive(record, tonumber(ARGV[2])) then return false end
redis.call('EXISTS', base .. 'u:' .. string.sub(record[USER], 2, -2))
finish(ARGV[4], record, ARGV[2], ARGV[3])
signal()
tidy(tonumber(ARGV[2]))
return text
`);

/** KEYS: 4 the user's sids. ARGV: now, reason, the sid to spare or "". Gives the sids that it ended. */
export const revokeByUserScript: Script = writing(String.raw`
local now, ending, stale, sids = tonumber(ARGV[2]), {}, {}, {}
for _, sid in ipairs(redis.call('ZRANGE', KEYS[4], 0, -1)) do
  local record = load(base .. 's:' .. sid)
  if not record then stale[#stale + 1] = sid
  elseif sid ~= ARGV[4] and alive(record, now) then ending[#ending + 1] = {sid, record} end
end
for _, sid in ipairs(stale) do redis.call('ZREM', KEYS[4], sid) end
for at, session in ipairs(ending) do
  finish(session[1], session[2], ARGV[2], ARGV[3])
  sids[at] = session[1]
end
if #sids > 0 then signal() end
return sids
`);

/** ARGV: what the feed is to tell, when it is of no use any more, now. */
export const announceScript: Script = writing(String.raw`
tell(ARGV[2], ARGV[3])
signal()
tidy(tonumber(ARGV[4]))
return 1
`);

/** KEYS: 1 times of being over, 2 the user's sids. ARGV: now, how many at the most. Gives sid and session in turn, last seen first. */
export const listScript: Script = reading(String.raw`
local now, found, reply = tonumber(ARGV[1]), {}, {}
local base = string.sub(KEYS[1], 1, -2)
for _, sid in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local record, text = load(base .. 's:' .. sid)
  if record and alive(record, now) then found[#found + 1] = {sid, text, tonumber(record[SEEN])} end
end
table.sort(found, function(a, b)
  if a[3] ~= b[3] then return a[3] > b[3] end
  return a[1] > b[1]
end)
for at = 1, math.min(#found, tonumber(ARGV[2])) do
  reply[2 * at - 1], reply[2 * at] = found[at][1], found[at][2]
end
return reply
`);

/** KEYS: the feed. ARGV: the position to go on from, how many. Gives the last position ever given, the one it went on from, then position and entry in turn. */
export const feedScript: Script = new Script(String.raw`
if redis.call('EXISTS', KEYS[1]) == 0 then return {'', '0-0'} end
local last
local facts = redis.call('XINFO', 'STREAM', KEYS[1])
for at = 1, #facts, 2 do
  if facts[at] == 'last-generated-id' then last = facts[at + 1] end
end
local function parts(id)
  local time, number = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(time), tonumber(number)
end
-- A position that is ahead of the last was given by a server that has been lost: told twice is better than never.
local after = ARGV[1]
local time, number = parts(after)
local last_time, last_number = parts(last)
if time > last_time or (time == last_time and number > last_number) then after = '0-0' end
local reply = {last, after}
for _, row in ipairs(redis.call('XRANGE', KEYS[1], '(' .. after, '+', 'COUNT', ARGV[2])) do
  reply[#reply + 1] = row[1]
  reply[#reply + 1] = row[2][2]
end
return reply
`);

/** ARGV: before, how many sessions, how many entries of the feed. Gives how many of each it removed. */
export const cleanScript: Script = writing(String.raw`
local before = '(' .. ARGV[2]
local sids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', before, 'LIMIT', 0, ARGV[3])
local users = {}
for at, sid in ipairs(sids) do
  local record = load(base .. 's:' .. sid)
  users[at] = record and base .. 'u:' .. string.sub(record[USER], 2, -2)
  if users[at] then redis.call('EXISTS', users[at]) end
end
for at, sid in ipairs(sids) do
  redis.call('DEL', base .. 's:' .. sid)
  if users[at] then redis.call('ZREM', users[at], sid) end
  redis.call('ZREM', KEYS[1], sid)
end
local ids = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', before, 'LIMIT', 0, ARGV[4])
for _, id in ipairs(ids) do
  redis.call('XDEL', KEYS[2], id)
  redis.call('ZREM', KEYS[3], id)
end
return {#sids, #ids}
`);

/** KEYS: the shards of a user. ARGV: retention, a shard, when its session is over at the latest. Gives all of them. */
export const placeScript: Script = writing(String.raw`
redis.call('SADD', KEYS[1], ARGV[2])
extend(KEYS[1], tonumber(ARGV[3]))
return redis.call('SMEMBERS', KEYS[1])
`);

/** KEYS: any. What the server that has it says of itself; "" where it must not be asked. */
export const inspectScript: Script = new Script(String.raw`
local server, memory = redis.pcall('INFO', 'server'), redis.pcall('INFO', 'memory')
if type(server) == 'table' or type(memory) == 'table' then return '' end
return server .. memory
`);
