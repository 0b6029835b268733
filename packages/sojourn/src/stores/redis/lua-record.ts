/**
 * What every script begins with. A session is one string of JSON in lines: the head, which the scripts
 * read and change, then a line for each other value, then a line for each key of its data. JSON has no raw
 * line ends, so the scripts cut the text at them and put it together again without ever reading what a
 * user wrote: Lua's own JSON would round long numbers and take `[]` for `{}`.
 *
 * Two rules keep a script whole. It reads every key that it will write before it writes the first one:
 * while a slot moves to another node, a key that is already there fails the script, and that must happen
 * before anything is done. And it makes no name out of what it has not been given: all keys of a script
 * begin like KEYS[1], so they lie in one slot.
 */
export const luaRecord: string = String.raw`
local SEEN, IDLE, EXPIRES, ENDED, VERSION, COUNTER = 1, 2, 3, 4, 5, 6
local CONFIRMED, ROTATED, CREATED, KIND, REASON, USER, CALL = 7, 8, 9, 10, 11, 12, 13
local LAST, KEY_ID, DATA = 13, 7, 12

local function split(text)
  local lines, from = {}, 1
  while true do
    local at = string.find(text, '\n', from, true)
    if not at then
      lines[#lines + 1] = string.sub(text, from)
      return lines
    end
    lines[#lines + 1] = string.sub(text, from, at - 1)
    from = at + 1
  end
end

local function open(text)
  if string.sub(text, 1, 3) ~= '[1,' then error('the record has an unknown form') end
  local stop = string.find(text, '\n', 1, true)
  local record = {}
  for value in string.gmatch(string.sub(text, 4, stop - 1), '[^,]+') do record[#record + 1] = value end
  record.rest = string.sub(text, stop + 1)
  return record
end

local function close(record)
  return '[1,' .. table.concat(record, ',', 1, LAST) .. '\n' .. record.rest
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

local function whole(number)
  return string.format('%.0f', number)
end

local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000), time[1] .. string.format('%06d', time[2])
end
`;

/** For the scripts that write: how long keys are kept, and how a session ends. `ARGV[1]` is the retention in ms. */
export const luaEnding: string = String.raw`
local retention = tonumber(ARGV[1])
local base = string.sub(KEYS[1], 1, -2)

local function kept_until(at)
  return whole(math.max(at, (clock())) + retention)
end

local function save(key, record)
  redis.call('SET', key, close(record), 'PXAT', kept_until(over_at(record)))
end

local function extend(key, at)
  local time = kept_until(at)
  if redis.call('PEXPIREAT', key, time, 'NX') == 0 then redis.call('PEXPIREAT', key, time, 'GT') end
end

-- KEYS: 1 times of being over, 2 the feed, 3 when its entries may go.
local function finish(sid, record, now, reason)
  record[ENDED], record[REASON] = now, reason
  save(base .. 's:' .. sid, record)
  redis.call('ZADD', KEYS[1], now, sid)
  redis.call('ZREM', base .. 'u:' .. string.sub(record[USER], 2, -2), sid)
  local user_id = string.match(record.rest, '^,([^\n]*)')
  local entry = string.format('["%s",%s,%s,%s,%s]', sid, user_id, reason, now, record[EXPIRES])
  -- A position is the server's time, so none comes twice even after a server has lost everything.
  -- Where its clock has gone back, the one after the last.
  local _, micros = clock()
  local id = redis.pcall('XADD', KEYS[2], micros .. '-*', 'e', entry)
  if type(id) == 'table' then id = redis.call('XADD', KEYS[2], '*', 'e', entry) end
  redis.call('ZADD', KEYS[3], record[EXPIRES], id)
  extend(KEYS[2], tonumber(record[EXPIRES]))
  extend(KEYS[3], tonumber(record[EXPIRES]))
end

-- A hint to read the feed now: who may not publish does no worse for it.
local function announce()
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
