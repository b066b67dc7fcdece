-- For wrk: messages as Slack posts them to an app, each with ids of its own and signed for it.
-- Arguments behind `--`: the signing secret; what this run's ids begin with, 16 characters; how many bytes the body is to
-- have, which the text fills.
local ffi = require("ffi")
local bit = require("bit")
ffi.cdef [[
  typedef struct { uint32_t words[64]; } Sha256;  // SHA256_CTX and more.
  int SHA256_Init(Sha256*);
  int SHA256_Update(Sha256*, const void*, size_t);
  int SHA256_Final(unsigned char*, Sha256*);
]]
local crypto = ffi.load("libcrypto.so.3")
local BLOCK, DIGEST, ROOMS = 64, 32, 1000

local inner, outer, work = ffi.new("Sha256"), ffi.new("Sha256"), ffi.new("Sha256")
local digest, hex = ffi.new("unsigned char[?]", DIGEST), ffi.new("unsigned char[?]", 2 * DIGEST)
local digits = { string.byte("0123456789abcdef", 1, 16) }

-- The states of both hashes of HMAC (RFC 2104) once they have the key. REQUIRES: #key <= BLOCK
local function begin_hmac(key)
    for _, pad in ipairs({ { inner, 0x36 }, { outer, 0x5c } }) do
        local block = {}
        for i = 1, BLOCK do block[i] = string.char(bit.bxor(key:byte(i) or 0, pad[2])) end
        crypto.SHA256_Init(pad[1])
        crypto.SHA256_Update(pad[1], table.concat(block), BLOCK)
    end
end

local function hmac(text)
    ffi.copy(work, inner, ffi.sizeof("Sha256"))
    crypto.SHA256_Update(work, text, #text)
    crypto.SHA256_Final(digest, work)
    ffi.copy(work, outer, ffi.sizeof("Sha256"))
    crypto.SHA256_Update(work, digest, DIGEST)
    crypto.SHA256_Final(digest, work)
    for i = 0, DIGEST - 1 do
        hex[2 * i] = digits[bit.rshift(digest[i], 4) + 1]
        hex[2 * i + 1] = digits[bit.band(digest[i], 15) + 1]
    end
    return ffi.string(hex, 2 * DIGEST)
end

local run, second, made, filling = nil, 0, 0, ""

local function message()
    made = made + 1
    local now = os.time()
    local who = string.format("%06d", made % ROOMS)
    local ts = string.format("%d.%06d", second + math.floor(made / 1000000), made % 1000000)
    local body = '{"token":"XXYYZZ","team_id":"T0TEAM","api_app_id":"A0APP","event":{"type":"message","channel":"C' ..
        who .. '","user":"U' .. who .. '","text":"See you at seven?' .. filling .. '","ts":"' .. ts .. '","event_ts":"' ..
        ts .. '","channel_type":"channel"},"type":"event_callback","event_id":"Ev' .. run ..
        string.format("%010d", made) .. '","event_time":' .. now .. ',"authorizations":[{"enterprise_id":null,' ..
        '"team_id":"T0TEAM","user_id":"U0BOT","is_bot":true,"is_enterprise_install":false}]}'
    return "POST /slack/events HTTP/1.1\r\nHost: slack.example.com\r\nUser-Agent: Slackbot 1.0\r\nAccept: */*\r\n" ..
        "Content-Type: application/json\r\nX-Slack-Request-Timestamp: " .. now .. "\r\nX-Slack-Signature: v0=" ..
        hmac("v0:" .. now .. ":" .. body) .. "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body, #body
end

function init(arguments)
    run, second = arguments[2], 1000000000 + tonumber(arguments[2]:sub(1, 7), 16)
    begin_hmac(arguments[1])
    local _, size = message()
    filling = string.rep("a", tonumber(arguments[3]) - size)
    request = message
end
