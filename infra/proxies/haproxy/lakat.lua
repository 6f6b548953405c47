-- /etc/haproxy/lakat.lua: asks the gateway whether a request may pass, and as whom. Only what it needs is told, never
-- the body. Sets the headers named Remote-… of the request, all of them, and the variables txn.lakat_location and
-- txn.lakat_status, the latter last. A fault anywhere leaves the status unset, and haproxy.cfg then opens nothing.

-- The authz listeners of the gateway hosts; the next is asked when one gives no answer.
local GATEWAYS = { "http://127.0.0.1:9081" }
-- In milliseconds, for each try; HAProxy tries a silent gateway four times.
local TIMEOUT = 1000
local IDENTITY = { "Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "Remote-Scopes", "Remote-Assertion" }
local TOLD = { "cookie", "user-agent", "accept", "sec-fetch-mode", "sec-fetch-dest", "x-requested-with" }

-- All values of a header in one; HTTP/2 sends each cookie in a header of its own.
local function joined(values, separator)
  local list = {}
  local at = 0
  while values ~= nil and values[at] ~= nil do
    list[#list + 1] = values[at]
    at = at + 1
  end
  return #list > 0 and table.concat(list, separator) or nil
end

local function ask(txn)
  local sent = txn.http:req_get_headers()
  local headers = {
    ["x-forwarded-for"] = { txn.sf:src() },
    ["x-forwarded-method"] = { txn.sf:method() },
    ["x-forwarded-proto"] = { "https" },
    ["x-forwarded-host"] = { txn:get_var("txn.host") },
    ["x-forwarded-uri"] = { txn.sf:pathq() },
  }
  for _, name in ipairs(TOLD) do
    local value = joined(sent[name], name == "cookie" and "; " or ", ")
    if value ~= nil then headers[name] = { value } end
  end
  local answer
  for _, gateway in ipairs(GATEWAYS) do
    answer = core.httpclient():get({ url = gateway .. "/authz/forward", headers = headers, timeout = TIMEOUT })
    if answer ~= nil and answer.status ~= nil and answer.status > 0 and answer.status < 500 then break end
  end
  if answer == nil or answer.status == nil then return end
  local told = answer.headers or {}
  for _, name in ipairs(IDENTITY) do
    txn.http:req_set_header(name, answer.status == 200 and joined(told[name:lower()], ", ") or "")
  end
  local location = joined(told["location"], ", ")
  if location ~= nil then txn:set_var("txn.lakat_location", location) end
  txn:set_var("txn.lakat_status", answer.status)
end

core.register_action("lakat", { "http-req" }, ask, 0)
