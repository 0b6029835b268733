/**
 * What every script begins with.
 *
 * Two rules keep a script whole. It reads every key that it will write before it writes the first one:
 * while a slot moves to another node, a key that is already there fails the script, and that must happen
 * before anything is done. And it makes no name out of what it has not been given: all keys of a script
 * begin like KEYS[1], so they lie in one slot.
 */
export const luaBasics: string = String.raw`
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

local function whole(number)
  return string.format('%.0f', number)
end

local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000), time[1] .. string.format('%06d', time[2])
end
`;

/** For the scripts that write: how long keys are kept. `ARGV[1]` is the retention in ms. */
export const luaKeeping: string = String.raw`
local retention = tonumber(ARGV[1])
local base = string.sub(KEYS[1], 1, -2)

local function kept_until(at)
  return whole(math.max(at, (clock())) + retention)
end

local function extend(key, at)
  local time = kept_until(at)
  if redis.call('PEXPIREAT', key, time, 'NX') == 0 then redis.call('PEXPIREAT', key, time, 'GT') end
end
`;
