-- The counting side of a claim, as `Book::claim` has it (claim.cpp), line by line: all limits of a call at once, all or nothing.
-- KEYS: the org's clock; then for each limit its hash and the hash of its buckets. All carry the org's tag.
-- ARGV: time (empty: the server's), inc, instances, expected, clock_set, ttl, z, items; then for each item kind, limit, version, window, width,
-- seq, acked, claim, settled, carried, variance, need, demand, spare, own_use, uses; then for each use seq, age, units.
-- Answers ok, late, now; then for each item lost, stale, granted, rest, known_seq, frees_in, firm. Lua prints large numbers rounded: see text().
local STEP_FORWARD, STEP_BACK, QUARANTINE, RETURN, DAY = 2000, 200, 1000, 2000, 86400000

local at = 0
local function word() at = at + 1 return ARGV[at] end
local function number() return tonumber(word()) end
local function text(n) return string.format('%.0f', n) end
local function bucket_of(ms, width) return (math.floor(ms / width) + 1) * width end

local time = number()
local inc = word()
local call = {n = math.max(number(), 1), expected = number(), clock_set = number() == 1, ttl = number(), z = number()}
local items = {}
for i = 1, number() do
  local item = {kind = word(), limit = number(), version = number(), window = number(), width = number(), seq = number(), acked = number(),
    claim = number(), settled = number(), carried = number(), variance = number(), need = number(), demand = number(), spare = number(),
    own_use = number(), uses = {}, key = KEYS[2 * i], buckets = KEYS[2 * i + 1]}
  for u = 1, number() do item.uses[u] = {seq = number(), age = number(), units = number()} end
  items[i] = item
end

if not time then
  local t = redis.call('TIME')
  time = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
local offset = tonumber(redis.call('GET', KEYS[1]) or '0')
local late, moved = false, false
if call.expected >= 0 then
  if time + offset > call.expected + STEP_FORWARD then
    late, moved = not call.clock_set, call.clock_set
  else
    moved = time + offset < call.expected - STEP_BACK
  end
end
if moved then offset = call.expected - time end
if moved or offset ~= 0 then redis.call('SET', KEYS[1], text(offset), 'PX', DAY) end
local now = time + offset
local reply = {late and 0 or 1, late and 1 or 0, now}
if late then
  for _ = 1, #items do
    for _, value in ipairs({0, 1, 0, 0, 0, 0, 0}) do reply[#reply + 1] = value end
  end
  return reply
end

local RECORD = '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$'
local function load_entry(item)
  local e = {limit = 0, version = -1, sum = 0, quarantine = 0, missing = 0, records = {}, dirty = {}}
  local names = {L = 'limit', v = 'version', s = 'sum', q = 'quarantine', m = 'missing', f = 'first'}
  local fields = redis.call('HGETALL', item.key)
  for i = 1, #fields, 2 do
    local name, value = fields[i], fields[i + 1]
    if names[name] then
      e[names[name]] = tonumber(value)
    else
      local seq, claim, expires, settled, presumed, presumed_bucket, variance = string.match(value, RECORD)
      e.records[string.sub(name, 2)] = {seq = tonumber(seq), claim = tonumber(claim), expires = tonumber(expires), settled = tonumber(settled),
        presumed = tonumber(presumed), presumed_bucket = tonumber(presumed_bucket), variance = tonumber(variance)}
    end
  end
  return e
end

local function first_bucket(item)
  local first
  for _, name in ipairs(redis.call('HKEYS', item.buckets)) do
    local bucket = tonumber(name)
    if not first or bucket < first then first = bucket end
  end
  return first
end

local function add(e, item, bucket, units)
  if units == 0 then return end
  e.sum = e.sum + units
  if redis.call('HINCRBY', item.buckets, text(bucket), text(units)) == 0 then
    redis.call('HDEL', item.buckets, text(bucket))
    if e.first == bucket then e.first = first_bucket(item) end
  elseif not e.first or bucket < e.first then
    e.first = bucket
  end
end

local function drop_left(e, item)
  if not e.first or e.first > now - item.window then return end
  local all = redis.call('HGETALL', item.buckets)
  e.first = nil
  for i = 1, #all, 2 do
    local bucket = tonumber(all[i])
    if bucket <= now - item.window then
      e.sum = e.sum - tonumber(all[i + 1])
      redis.call('HDEL', item.buckets, all[i])
    elseif not e.first or bucket < e.first then
      e.first = bucket
    end
  end
end

local function take_back_presumption(e, item, own)
  if own.presumed == 0 then return end
  if item.kind == 'window' and redis.call('HEXISTS', item.buckets, text(own.presumed_bucket)) == 1 then
    add(e, item, own.presumed_bucket, -own.presumed)
  end
  own.presumed = 0
end

-- All that is presumed of one stands in one bucket, or a part of it would leave the window twice.
local function presume_again(e, item, r)
  if item.kind == 'money' then
    r.presumed = r.presumed + r.claim
    return
  end
  local before = redis.call('HEXISTS', item.buckets, text(r.presumed_bucket)) == 1 and r.presumed or 0
  take_back_presumption(e, item, r)
  r.presumed = before + r.claim
  r.presumed_bucket = bucket_of(r.expires, item.width)
  add(e, item, r.presumed_bucket, r.presumed)
end

local function presume(e, item)
  for who, r in pairs(e.records) do
    if who ~= inc and r.expires <= now then
      if r.claim > 0 and item.kind ~= 'slots' then
        presume_again(e, item, r)
        if item.kind == 'money' then r.presumed_bucket = now + RETURN end
      end
      if r.claim ~= 0 or r.variance ~= 0 then e.dirty[who] = true end
      if item.kind == 'money' and r.presumed ~= 0 and r.presumed_bucket <= now then
        r.presumed = 0
        e.dirty[who] = true
      end
      r.claim, r.variance = 0, 0
      if item.kind ~= 'money' and r.expires + item.window + 2 * item.width <= now then
        e.records[who] = nil
        e.dirty[who] = true
      end
    end
  end
end

local function settle(e, own, item, lost)
  local more = math.max(item.settled - own.settled, 0)
  own.settled = own.settled + more
  if lost then e.missing = math.max(e.missing - more, 0) end
  if item.carried <= 0 then return end
  local known = 0
  for _, r in pairs(e.records) do known = known + r.settled + r.presumed end
  e.missing = math.max(e.missing, item.carried - known)
end

local function book(e, item, answer)
  if item.version >= e.version then e.version, e.limit = item.version, item.limit end
  drop_left(e, item)
  presume(e, item)
  local own = e.records[inc]
  if not own then
    own = {seq = 0, claim = 0, expires = 0, settled = 0, presumed = 0, presumed_bucket = 0, variance = 0}
    e.records[inc] = own
  end
  e.dirty[inc] = true
  answer.known_seq = own.seq
  if own.seq >= item.seq then
    answer.stale = true
    return
  end
  if own.seq < item.acked then
    answer.lost = true
    e.quarantine = now + QUARANTINE
  else
    take_back_presumption(e, item, own)
    for _, use in ipairs(item.uses) do
      local bucket = bucket_of(now - use.age, item.width)
      if use.seq > own.seq and bucket > now - item.window then add(e, item, bucket, use.units) end
    end
    own.seq = item.seq
  end
  own.claim, own.variance, own.expires = item.claim, item.variance, now + call.ttl
  settle(e, own, item, answer.lost)
end

local function free_of(e, item)
  local free, variance = e.limit - e.sum - e.missing, 0
  for _, r in pairs(e.records) do
    free = free - r.claim
    if item.kind == 'money' then free = free - r.settled - r.presumed end
    variance = variance + r.variance
  end
  if variance > 0 then free = free - math.ceil(call.z * math.sqrt(variance)) end
  if e.quarantine > now then free = math.min(free, math.floor(e.limit / call.n) - item.own_use - item.claim) end
  return free
end

local function save(e, item)
  redis.call('HSET', item.key, 'L', text(e.limit), 'v', text(e.version), 's', text(e.sum), 'q', text(e.quarantine), 'm', text(e.missing))
  if e.first then redis.call('HSET', item.key, 'f', text(e.first)) else redis.call('HDEL', item.key, 'f') end
  for who in pairs(e.dirty) do
    local r = e.records[who]
    if r then
      redis.call('HSET', item.key, 'i' .. who, table.concat({text(r.seq), text(r.claim), text(r.expires), text(r.settled), text(r.presumed),
        text(r.presumed_bucket), string.format('%.17g', r.variance)}, ' '))
    else
      redis.call('HDEL', item.key, 'i' .. who)
    end
  end
  -- Numbers of messages are remembered as long as their sender remembers them, or its return would look like a loss.
  local kept = item.kind == 'money' and 40 * DAY or item.window + 2 * call.ttl + 60000
  redis.call('PEXPIRE', item.key, text(kept))
  redis.call('PEXPIRE', item.buckets, text(kept))
end

-- All is read before anything is written: a key that is none of ours ends the script here, and not with the half of it booked.
for _, item in ipairs(items) do
  item.entry = load_entry(item)
  redis.call('HLEN', item.buckets)
end
local ok = true
for _, item in ipairs(items) do
  local answer = {lost = false, stale = false, granted = 0}
  item.answer = answer
  book(item.entry, item, answer)
  answer.rest = free_of(item.entry, item)
  ok = ok and not answer.lost and not answer.stale and (item.need == 0 or answer.rest >= item.need)
end
reply[1] = ok and 1 or 0
for _, item in ipairs(items) do
  local e, answer = item.entry, item.answer
  local firm = e.sum + e.missing
  if item.kind == 'money' then
    for _, r in pairs(e.records) do firm = firm + r.settled + r.presumed end
  end
  local frees_in = e.first and e.first + item.window - now or item.window
  if not answer.lost and not answer.stale then
    if ok then answer.granted = item.need end
    local rest = answer.rest - answer.granted
    if rest > 0 and (ok or item.need == 0) then
      local ahead = math.min(math.max(item.demand - answer.granted, 0), rest - math.floor(rest / 2))
      local spare = math.min(item.spare, math.floor((rest - ahead) / (4 * call.n)))
      answer.granted = answer.granted + ahead + spare
      rest = rest - ahead - spare
    end
    answer.rest = rest
    e.records[inc].claim = e.records[inc].claim + answer.granted
  end
  save(e, item)
  for _, value in ipairs({answer.lost and 1 or 0, answer.stale and 1 or 0, answer.granted, answer.rest, answer.known_seq, frees_in, firm}) do
    reply[#reply + 1] = value
  end
end
return reply
