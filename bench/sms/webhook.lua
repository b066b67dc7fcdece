-- For wrk: messages as Twilio posts them, each with an id of its own and signed for it.
-- Arguments behind `--`: the URL that is signed; the token; what this run's ids begin with, 16 characters. Without the
-- last, the first message is posted again and again: for a server that checks nothing. Behind it, if it is there, how
-- many bytes the body is to have; a longer text fills them.
local ffi = require("ffi")
local bit = require("bit")
ffi.cdef [[
  typedef struct { uint32_t words[64]; } Sha1;  // SHA_CTX and more.
  int SHA1_Init(Sha1*);
  int SHA1_Update(Sha1*, const void*, size_t);
  int SHA1_Final(unsigned char*, Sha1*);
  int EVP_EncodeBlock(unsigned char* to, const unsigned char* from, int size);
]]
local crypto = ffi.load("libcrypto.so.3")
local BLOCK, DIGEST, REMOTES = 64, 20, 1000

local inner, outer, work = ffi.new("Sha1"), ffi.new("Sha1"), ffi.new("Sha1")
local digest, encoded = ffi.new("unsigned char[?]", DIGEST), ffi.new("unsigned char[?]", 32)

-- The states of both hashes of HMAC (RFC 2104) once they have the key. REQUIRES: #key <= BLOCK
local function begin_hmac(key)
    for _, pad in ipairs({ { inner, 0x36 }, { outer, 0x5c } }) do
        local block = {}
        for i = 1, BLOCK do block[i] = string.char(bit.bxor(key:byte(i) or 0, pad[2])) end
        crypto.SHA1_Init(pad[1])
        crypto.SHA1_Update(pad[1], table.concat(block), BLOCK)
    end
end

local function hmac(text)
    ffi.copy(work, inner, ffi.sizeof("Sha1"))
    crypto.SHA1_Update(work, text, #text)
    crypto.SHA1_Final(digest, work)
    ffi.copy(work, outer, ffi.sizeof("Sha1"))
    crypto.SHA1_Update(work, digest, DIGEST)
    crypto.SHA1_Final(digest, work)
    return ffi.string(encoded, crypto.EVP_EncodeBlock(encoded, digest, DIGEST))
end

local url, run, made, filling = nil, nil, 0, ""
local ACCOUNT = "AC00000000000000000000000000000000"

local function message()
    made = made + 1
    local id = string.format("SM%s%08x%08x", run, made * 2654435761 % 2 ^ 32, made)  -- In no order, as Twilio's are.
    local remote = "1555" .. string.format("%07d", made % REMOTES)
    local signed = url .. "AccountSid" .. ACCOUNT .. "ApiVersion2010-04-01BodySee you at seven?" .. filling .. "From+" .. remote ..
        "MessageSid" .. id .. "NumMedia0NumSegments1SmsMessageSid" .. id .. "SmsSid" .. id ..
        "SmsStatusreceivedTo+15550100"
    local form = "SmsMessageSid=" .. id .. "&NumMedia=0&SmsSid=" .. id ..
        "&SmsStatus=received&Body=See+you+at+seven%3F" .. filling .. "&To=%2B15550100&NumSegments=1&MessageSid=" .. id ..
        "&AccountSid=" .. ACCOUNT .. "&From=%2B" .. remote .. "&ApiVersion=2010-04-01"
    return "POST / HTTP/1.1\r\nHost: sms.example.com\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n" ..
        "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nX-Twilio-Signature: " .. hmac(signed) ..
        "\r\nContent-Length: " .. #form .. "\r\n\r\n" .. form, #form
end

function init(arguments)
    url, run = arguments[1], arguments[3] or string.rep("0", 16)
    begin_hmac(arguments[2])
    local first, size = message()
    filling = string.rep("a", (tonumber(arguments[4]) or size) - size)
    request = arguments[3] and message or function() return first end
end
