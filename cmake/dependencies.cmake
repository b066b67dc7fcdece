# What comes from the distribution. Link these names: Boost::headers, Boost::json, yaml-cpp, re2::re2, CLI11::CLI11,
# spdlog::spdlog, SQLite::SQLite3, ZLIB::ZLIB, OpenSSL::Crypto, CURL::libcurl, prometheus-cpp::core, Paho::mqttpp3,
# Threads::Threads.
# Protobuf comes only through millrace::schemas(_lite).

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Protobuf 3.21 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL 7.88 REQUIRED)

target_compile_definitions(Boost::headers INTERFACE
    BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=8)
if(MILLRACE_SANITIZE MATCHES thread)  # which knows no fences; Asio's queues are locked without them too
    target_compile_definitions(Boost::headers INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()

# Packages without a CMake configuration, or with one that asks for more than we use.
function(millrace_find_library target file)
    string(MAKE_C_IDENTIFIER MILLRACE_LIBRARY_${file} variable)
    find_library(${variable} NAMES ${file} REQUIRED)
    mark_as_advanced(${variable})
    add_library(${target} UNKNOWN IMPORTED GLOBAL)
    set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${${variable}})
    target_link_libraries(${target} INTERFACE ${ARGN})
endfunction()

millrace_find_library(re2::re2 re2)
millrace_find_library(prometheus-cpp::core prometheus-cpp-core)
millrace_find_library(millrace::protobuf_static libprotobuf.a ZLIB::ZLIB Threads::Threads)
millrace_find_library(Paho::mqtt3as paho-mqtt3as)
millrace_find_library(Paho::mqttpp3 paho-mqttpp3 Paho::mqtt3as)
