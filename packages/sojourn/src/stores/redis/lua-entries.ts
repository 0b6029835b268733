import { luaBasics, luaKeeping } from "./lua-basics.ts";
import { Script } from "./script.ts";

/*
 * The scripts for small records. An entry is JSON in three lines: what the scripts read and change (form,
 * version, end, the owner's digest), then owner and key, then the value. KEYS: 1 when which entry is over,
 * with members of space, owner's digest and key; 2 what stands beside the script.
 *
 * A list, of a space or of what an owner has in it, is a sorted set of keys with equal scores, which Redis
 * orders by their bytes. It lies in the slot of its entries and is changed with them, so it is never wrong;
 * only where a key has gone by itself does its member stay a little longer.
 */
const luaEntry: string =
  luaBasics +
  String.raw`
local function open(text)
  local lines = split(text)
  local version, over, owner = string.match(lines[1], '^%[1,(%d+),([^,]+),"([^"]*)"$')
  if not version then error('the entry has an unknown form') end
  return {version = version, over = over, owner = owner, names = lines[2], value = lines[3], text = text}
end

local function load(key)
  local text = redis.call('GET', key)
  return text and open(text)
end

local function live(entry, now)
  return entry.over == 'null' or now < tonumber(entry.over)
end
`;

const luaChange = String.raw`
local function lists_of(space, owner)
  local list = base .. 'l:' .. space
  if owner == '' then return {list} end
  return {list, list .. ':' .. owner}
end

local function member(space, owner, key)
  return space .. ':' .. owner .. ':' .. key
end

local function put(space, key, entry, lists)
  local ends = {}
  for at, list in ipairs(lists) do ends[at] = redis.call('PTTL', list) end
  local head = string.format('[1,%s,%s,"%s"', entry.version, entry.over, entry.owner)
  local text = head .. '\n' .. entry.names .. '\n' .. entry.value
  if entry.over == 'null' then
    redis.call('SET', KEYS[2], text)
    redis.call('ZREM', KEYS[1], member(space, entry.owner, key))
  else
    redis.call('SET', KEYS[2], text, 'PXAT', kept_until(tonumber(entry.over)))
    redis.call('ZADD', KEYS[1], entry.over, member(space, entry.owner, key))
    extend(KEYS[1], tonumber(entry.over))
  end
  for at, list in ipairs(lists) do
    redis.call('ZADD', list, 0, key)
    if entry.over == 'null' then redis.call('PERSIST', list)
    -- One that is kept for good has something in it that is.
    elseif ends[at] ~= -1 then extend(list, tonumber(entry.over)) end
  end
end

-- What was over before, at most so many, but for one entry: all that is to be removed with it.
local function over_before(time, most, but)
  local found = {}
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', time, 'LIMIT', 0, most)) do
    local space, owner, key = string.match(name, '^([^:]*):([^:]*):(.*)$')
    local one = {name = name, key = key, entry = base .. 'r:' .. space .. ':' .. key, lists = lists_of(space, owner)}
    redis.call('EXISTS', one.entry, unpack(one.lists))
    if one.entry ~= but then found[#found + 1] = one end
  end
  return found
end

local function remove(found)
  for _, one in ipairs(found) do
    redis.call('DEL', one.entry)
    for _, list in ipairs(one.lists) do redis.call('ZREM', list, one.key) end
    redis.call('ZREM', KEYS[1], one.name)
  end
end
`;

const reading = (lua: string): Script => new Script(luaEntry + lua);
const writing = (lua: string): Script => new Script(luaEntry + luaKeeping + luaChange + lua);

/** KEYS: 2 the entry. ARGV: retention, space, key, now, text. Gives whether it was added. */
export const addEntryScript: Script = writing(String.raw`
local space, key, now, mine = ARGV[2], ARGV[3], tonumber(ARGV[4]), open(ARGV[5])
local known = load(KEYS[2])
if known and live(known, now) then return 0 end
local lists, others = lists_of(space, mine.owner), {}
if known and known.owner ~= mine.owner then others = lists_of(space, known.owner) end
for _, list in ipairs(others) do redis.call('EXISTS', list) end
-- Where nobody cleans the store, each new entry takes a few with it that have outlived their keys.
local stale = over_before(whole(math.min(now, (clock())) - 2 * retention), 4, KEYS[2])
put(space, key, mine, lists)
if #others > 0 then redis.call('ZREM', KEYS[1], member(space, known.owner, key)) end
if #others > 1 then redis.call('ZREM', others[2], key) end
remove(stale)
return 1
`);

/** KEYS: 2 the entry. ARGV: retention, space, key, now, version, the next, end, the line of the value. Gives whether it was replaced. */
export const replaceEntryScript: Script = writing(String.raw`
local entry = load(KEYS[2])
if not entry or not live(entry, tonumber(ARGV[4])) or entry.version ~= ARGV[5] then return 0 end
entry.version, entry.over, entry.value = ARGV[6], ARGV[7], ARGV[8]
put(ARGV[2], ARGV[3], entry, lists_of(ARGV[2], entry.owner))
return 1
`);

/** KEYS: 2 the entry. ARGV: retention, space, key, now. Gives what was taken. */
export const takeEntryScript: Script = writing(String.raw`
local space, key, entry = ARGV[2], ARGV[3], load(KEYS[2])
if not entry or not live(entry, tonumber(ARGV[4])) then return false end
local lists = lists_of(space, entry.owner)
redis.call('EXISTS', unpack(lists))
remove({{name = member(space, entry.owner, key), key = key, entry = KEYS[2], lists = lists}})
return entry.text
`);

/**
 * KEYS: 2 the list. ARGV: space, now, how many, after which key, how many keys to look at. Gives after which
 * key to go on looking, or "" where there is nothing more to find, then the entries.
 */
export const listEntriesScript: Script = reading(String.raw`
local before, now, most, after = string.sub(KEYS[1], 1, -2) .. 'r:' .. ARGV[1] .. ':', tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local reply, keys = {''}, redis.call('ZREVRANGEBYLEX', KEYS[2], after, '-', 'LIMIT', 0, ARGV[5])
for at, key in ipairs(keys) do
  local entry = load(before .. key)
  if entry and live(entry, now) then reply[#reply + 1] = entry.text end
  if #reply > most then return reply end
end
if #keys == tonumber(ARGV[5]) then reply[1] = '(' .. keys[#keys] end
return reply
`);

/** KEYS: 2 the owner's list, 3 the list of the space. ARGV: retention, space, owner. Gives how many it removed. */
export const removeOwnedScript: Script = writing(String.raw`
local keys, found, count = redis.call('ZRANGE', KEYS[2], 0, -1), {}, 0
for at, key in ipairs(keys) do
  local entry = base .. 'r:' .. ARGV[2] .. ':' .. key
  found[at] = {name = member(ARGV[2], ARGV[3], key), key = key, entry = entry, lists = {KEYS[2], KEYS[3]}}
  count = count + redis.call('EXISTS', entry)
end
remove(found)
return count
`);

/** ARGV: retention, before, how many. Gives how many it removed. */
export const cleanEntriesScript: Script = writing(String.raw`
local found = over_before('(' .. ARGV[2], ARGV[3])
remove(found)
return #found
`);
