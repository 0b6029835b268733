import { luaBasics, luaKeeping } from "./lua-basics.ts";

/**
 * What every script for sessions begins with. A session is one string of JSON in lines: the head, which the
 * scripts read and change, then a line for each other value, then a line for each key of its data, then what
 * closes it. JSON has no raw line ends, so the scripts cut the text at them and put it together again without
 * ever reading what a user wrote: Lua's own JSON would round long numbers and take `[]` for `{}`.
 */
export const luaRecord: string =
  luaBasics +
  String.raw`
local SEEN, IDLE, EXPIRES, ENDED, VERSION, COUNTER = 1, 2, 3, 4, 5, 6
local CONFIRMED, ROTATED, CREATED, KIND, REASON, USER, CALL = 7, 8, 9, 10, 11, 12, 13
local LAST, KEY_ID, DATA = 13, 7, 12

local function open(text)
  local form = string.match(text, '^%[([12]),')
  if not form then error('the record has an unknown form') end
  local stop = string.find(text, '\n', 1, true)
  local record = {form = form}
  for value in string.gmatch(string.sub(text, 4, stop - 1), '[^,]+') do record[#record + 1] = value end
  record.rest = string.sub(text, stop + 1)
  return record
end

local function close(record)
  return '[' .. record.form .. ',' .. table.concat(record, ',', 1, LAST) .. '\n' .. record.rest
end

local function load(key)
  local text = redis.call('GET', key)
  if text then return open(text), text end
end

local function over_at(record)
  if record[ENDED] ~= 'null' then return tonumber(record[ENDED]) end
  return math.min(tonumber(record[EXPIRES]), record[SEEN] + record[IDLE])
end

local function alive(record, now)
  return record[ENDED] == 'null' and now < over_at(record)
end
`;

/** For the scripts that write: how a session ends, and how the feed is told. */
export const luaEnding: string =
  luaKeeping +
  String.raw`
local function save(key, record)
  redis.call('SET', key, close(record), 'PXAT', kept_until(over_at(record)))
end

-- KEYS: 1 times of being over, 2 the feed, 3 when its entries may go.
local function tell(entry, expires)
  -- A position is the server's time, so none comes twice even after a server has lost everything.
  -- Where its clock has gone back, the one after the last.
  local _, micros = clock()
  local id = redis.pcall('XADD', KEYS[2], micros .. '-*', 'e', entry)
  if type(id) == 'table' then id = redis.call('XADD', KEYS[2], '*', 'e', entry) end
  redis.call('ZADD', KEYS[3], expires, id)
  extend(KEYS[2], tonumber(expires))
  extend(KEYS[3], tonumber(expires))
end

local function finish(sid, record, now, reason)
  record[ENDED], record[REASON] = now, reason
  save(base .. 's:' .. sid, record)
  redis.call('ZADD', KEYS[1], now, sid)
  redis.call('ZREM', base .. 'u:' .. string.sub(record[USER], 2, -2), sid)
  local user_id = string.match(record.rest, '^,([^\n]*)')
  tell(string.format('["%s",%s,%s,%s,%s]', sid, user_id, reason, now, record[EXPIRES]), record[EXPIRES])
end

-- A hint to read the feed now: who may not publish does no worse for it.
local function signal()
  redis.pcall('SPUBLISH', base .. 'e', '')
end

-- Where nobody cleans the store, each new entry takes a few with it that have outlived their keys.
local function tidy(now)
  local before = whole(math.min(now, (clock())) - 2 * retention)
  local sids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', before, 'LIMIT', 0, 4)
  if #sids > 0 then redis.call('ZREM', KEYS[1], unpack(sids)) end
  local ids = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', before, 'LIMIT', 0, 4)
  if #ids > 0 then
    redis.call('XDEL', KEYS[2], unpack(ids))
    redis.call('ZREM', KEYS[3], unpack(ids))
  end
end
`;
