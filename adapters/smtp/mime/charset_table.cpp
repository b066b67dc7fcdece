#include "adapters/smtp/mime/charset_table.hpp"

#include <algorithm>
#include <array>

#include "adapters/smtp/mime/ascii.hpp"

namespace millrace::smtp::mime {

const char* const utf8_charset = "UTF-8";

namespace {

struct Name {
    std::string_view mail;
    const char* iconv;
};

// Sorted. Where two sets are mixed up in practice, the larger one: Windows' for Latin 1, for Shift JIS, for Korean and
// Chinese, as browsers do (WHATWG Encoding §4.2).
constexpr std::array kNames = {
    Name{"ansi_x3.4-1968", ""},
    Name{"ascii", ""},
    Name{"big5", "BIG5-HKSCS"},
    Name{"big5-hkscs", "BIG5-HKSCS"},
    Name{"cp1250", "CP1250"},
    Name{"cp1251", "CP1251"},
    Name{"cp1252", "CP1252"},
    Name{"cp1253", "CP1253"},
    Name{"cp1254", "CP1254"},
    Name{"cp1255", "CP1255"},
    Name{"cp1256", "CP1256"},
    Name{"cp1257", "CP1257"},
    Name{"cp1258", "CP1258"},
    Name{"cp437", "CP437"},
    Name{"cp850", "CP850"},
    Name{"cp852", "CP852"},
    Name{"cp866", "CP866"},
    Name{"cp874", "CP874"},
    Name{"cp932", "CP932"},
    Name{"cp936", "GB18030"},
    Name{"cp949", "CP949"},
    Name{"cp950", "BIG5-HKSCS"},
    Name{"euc-jp", "EUC-JP"},
    Name{"euc-kr", "CP949"},
    Name{"gb18030", "GB18030"},
    Name{"gb2312", "GB18030"},
    Name{"gb_2312-80", "GB18030"},
    Name{"gbk", "GB18030"},
    Name{"ibm437", "CP437"},
    Name{"ibm850", "CP850"},
    Name{"ibm852", "CP852"},
    Name{"ibm866", "CP866"},
    Name{"iso-2022-jp", "ISO-2022-JP"},
    Name{"iso-2022-jp-1", "ISO-2022-JP-2"},
    Name{"iso-2022-jp-2", "ISO-2022-JP-2"},
    Name{"iso-2022-kr", "ISO-2022-KR"},
    Name{"iso-8859-1", "CP1252"},
    Name{"iso-8859-10", "ISO-8859-10"},
    Name{"iso-8859-11", "CP874"},
    Name{"iso-8859-13", "ISO-8859-13"},
    Name{"iso-8859-14", "ISO-8859-14"},
    Name{"iso-8859-15", "ISO-8859-15"},
    Name{"iso-8859-16", "ISO-8859-16"},
    Name{"iso-8859-2", "ISO-8859-2"},
    Name{"iso-8859-3", "ISO-8859-3"},
    Name{"iso-8859-4", "ISO-8859-4"},
    Name{"iso-8859-5", "ISO-8859-5"},
    Name{"iso-8859-6", "ISO-8859-6"},
    Name{"iso-8859-6-e", "ISO-8859-6"},
    Name{"iso-8859-6-i", "ISO-8859-6"},
    Name{"iso-8859-7", "ISO-8859-7"},
    Name{"iso-8859-8", "ISO-8859-8"},
    Name{"iso-8859-8-e", "ISO-8859-8"},
    Name{"iso-8859-8-i", "ISO-8859-8"},
    Name{"iso-8859-9", "CP1254"},
    Name{"iso8859-1", "CP1252"},
    Name{"iso8859-15", "ISO-8859-15"},
    Name{"iso8859-2", "ISO-8859-2"},
    Name{"iso_8859-1", "CP1252"},
    Name{"iso_8859-15", "ISO-8859-15"},
    Name{"koi8-r", "KOI8-R"},
    Name{"koi8-u", "KOI8-U"},
    Name{"korean", "CP949"},
    Name{"ks_c_5601-1987", "CP949"},
    Name{"ks_c_5601-1989", "CP949"},
    Name{"latin1", "CP1252"},
    Name{"mac", "MACINTOSH"},
    Name{"macintosh", "MACINTOSH"},
    Name{"ms_kanji", "CP932"},
    Name{"shift-jis", "CP932"},
    Name{"shift_jis", "CP932"},
    Name{"sjis", "CP932"},
    Name{"tis-620", "CP874"},
    Name{"unicode-1-1-utf-7", "UTF-7"},
    Name{"us-ascii", ""},
    Name{"utf-16", "UTF-16"},
    Name{"utf-16be", "UTF-16BE"},
    Name{"utf-16le", "UTF-16LE"},
    Name{"utf-7", "UTF-7"},
    Name{"utf-8", ""},
    Name{"utf8", ""},
    Name{"viscii", "VISCII"},
    Name{"windows-1250", "CP1250"},
    Name{"windows-1251", "CP1251"},
    Name{"windows-1252", "CP1252"},
    Name{"windows-1253", "CP1253"},
    Name{"windows-1254", "CP1254"},
    Name{"windows-1255", "CP1255"},
    Name{"windows-1256", "CP1256"},
    Name{"windows-1257", "CP1257"},
    Name{"windows-1258", "CP1258"},
    Name{"windows-31j", "CP932"},
    Name{"windows-874", "CP874"},
    Name{"windows-949", "CP949"},
    Name{"x-mac-cyrillic", "MAC-CYRILLIC"},
    Name{"x-mac-roman", "MACINTOSH"},
    Name{"x-sjis", "CP932"},
};

constexpr std::size_t kNameBytesMax = 32;

}  // namespace

const char* find_charset(std::string_view name) {
    if (name.size() > kNameBytesMax) return nullptr;
    if (equals(name, "utf-8") || equals(name, "us-ascii")) return utf8_charset;
    const std::string wanted = lower(name);
    const auto before = [](const Name& entry, std::string_view text) { return entry.mail < text; };
    const auto* found = std::lower_bound(kNames.begin(), kNames.end(), wanted, before);
    if (found == kNames.end() || found->mail != wanted) return nullptr;
    return *found->iconv == '\0' ? utf8_charset : found->iconv;
}

}  // namespace millrace::smtp::mime
