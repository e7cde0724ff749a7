/**
 * The Lua script of wrk: reads the prepared requests (key and body, line by line), sends them in
 * turn, and writes its result as JSON. With an id prefix, the bodies carry prefix and number where
 * the stand-in was; head and tail of each request are made once.
 */
export const WRK_SCRIPT = `
local heads, tails, count, prefix = {}, {}, 0, ""

function init(args)
  prefix = args[2] or ""
  local digits = "000000000"
  local authorization
  for line in io.lines(args[1]) do
    if authorization == nil then
      authorization = line
    else
      local headers = { ["content-type"] = "application/json", ["authorization"] = authorization }
      local whole = wrk.format("POST", nil, headers, line)
      if prefix == "" then
        heads[#heads + 1] = whole
      else
        local from, to = whole:find(prefix .. digits, 1, true)
        heads[#heads + 1] = whole:sub(1, from - 1) .. prefix
        tails[#tails + 1] = whole:sub(to + 1)
      end
      authorization = nil
    end
  end
end

function request()
  local at = count % #heads + 1
  local number = count
  count = count + 1
  if prefix == "" then return heads[at] end
  return heads[at] .. string.format("%09d", number) .. tails[at]
end

function done(summary, latency)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '\\nRESULT {"requests":%d,"micros":%d,"failed":%d,"badAnswers":%d,"p50":%d,"p99":%d}\\n',
    summary.requests, summary.duration, broken + errors.status, errors.status,
    latency:percentile(50), latency:percentile(99)))
end
`
