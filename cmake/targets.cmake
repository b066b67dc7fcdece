# The build policy, as functions. Names of LINKS may leave out the prefix `millrace::`.
#
#   millrace_library(name SOURCES .. [LINKS ..])            static, of the gateway or shared by adapters: millrace::name
#   millrace_program(name SOURCES .. [LINKS ..])            executable in bin/, installed
#   millrace_adapter(name SOURCES .. [LINKS ..])            plugin lib/millrace/adapters/name.so
#   millrace_consumer(name SOURCES .. [LINKS ..])           plugin lib/millrace/consumers/name.so
#       The objects of a plugin are also millrace::adapter_name and millrace::consumer_name, for its unit tests.
#   millrace_test_consumer(name SOURCES .. [LINKS ..])      plugin tests/consumers/name.so of the build directory
#   millrace_test(unit/path/x_test [SOURCES ..] [LINKS ..] [TIMEOUT seconds] [SERIAL])
#       GoogleTest binary of tests/unit/path/x_test.cpp; one ctest of the same name. Its first folder is its label
#       (unit, conformance, integration, e2e, ..); what drives the core or the SDK with threads has the label `core`
#       too.
#       The target `tests` has them all, and with ThreadSanitizer the latter alone.
#       The macros MILLRACE_BUILD_DIR and MILLRACE_SOURCE_DIR name the two roots.
#   millrace_script_test(e2e/path/x_test.py [ARGS ..] [TIMEOUT seconds] [SERIAL])
#       Run by the distribution's Python; the environment variable MILLRACE_BUILD_DIR says where the build is.
#       Exit code 77: skipped.
#   millrace_fuzzer(name [LINKS ..])
#       tests/fuzz/fuzz_name.cpp with LLVMFuzzerTestOneInput. A test replays tests/fuzz/corpus/name in every build.
#   millrace_benchmark(name SOURCES .. [LINKS ..])          executable bench/name of the build directory
#
# A program has either millrace::schemas (the gateway) or millrace::schemas_lite (plugins): a mix is refused.

find_program(MILLRACE_PYTHON python3 HINTS /usr/bin)
add_custom_target(tests)
add_custom_target(plugins)
add_custom_target(fuzzers)
add_custom_target(benchmarks)
include(sdk/cmake/MillracePlugin.cmake)
set(MILLRACE_PLUGIN_VERSION_SCRIPT ${PROJECT_SOURCE_DIR}/sdk/include/millrace/plugin.version)
# Where a plugin's thread-local block lies by chance as glibc 2.19 would have put it, LeakSanitizer believes a header in
# front of it that is none, and crashes: so it is not to look.
set(MILLRACE_TEST_ENVIRONMENT
    MILLRACE_BUILD_DIR=${PROJECT_BINARY_DIR}
    ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:intercept_tls_get_addr=0
    UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
    TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1)

function(millrace_link target scope)
    foreach(name IN LISTS ARGN)
        if(NOT name MATCHES "::" AND TARGET millrace_${name})
            set(name millrace::${name})
        endif()
        target_link_libraries(${target} ${scope} ${name})
    endforeach()
endfunction()

function(millrace_library name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
    add_library(millrace_${name} STATIC ${arg_SOURCES})
    add_library(millrace::${name} ALIAS millrace_${name})
    target_include_directories(millrace_${name} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(millrace_${name} PRIVATE millrace::options)
    millrace_link(millrace_${name} PUBLIC ${arg_LINKS})
endfunction()

function(millrace_program name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
    add_executable(${name} ${arg_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE millrace::options)
    millrace_link(${name} PRIVATE ${arg_LINKS})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

function(millrace_plugin kind name directory)
    cmake_parse_arguments(PARSE_ARGV 3 arg "" "" "SOURCES;LINKS")
    set(objects millrace_${kind}_${name})
    add_library(${objects} OBJECT ${arg_SOURCES})
    add_library(millrace::${kind}_${name} ALIAS ${objects})
    target_link_libraries(${objects} PRIVATE millrace::options PUBLIC millrace::sdk millrace::schemas_lite)
    millrace_link(${objects} PUBLIC ${arg_LINKS})

    set(module millrace_plugin_${kind}_${name})
    add_library(${module} MODULE)
    target_link_libraries(${module} PRIVATE ${objects})
    millrace_seal_plugin(${module})
    set_target_properties(${module} PROPERTIES
        OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${directory})
endfunction()

function(millrace_adapter name)
    millrace_plugin(adapter ${name} lib/millrace/adapters ${ARGN})
    add_dependencies(plugins millrace_plugin_adapter_${name})
    install(TARGETS millrace_plugin_adapter_${name} LIBRARY DESTINATION lib/millrace/adapters)
    target_include_directories(millrace_adapter_${name} PUBLIC ${PROJECT_SOURCE_DIR})
endfunction()

function(millrace_consumer name)
    millrace_plugin(consumer ${name} lib/millrace/consumers ${ARGN})
    add_dependencies(plugins millrace_plugin_consumer_${name})
    install(TARGETS millrace_plugin_consumer_${name} LIBRARY DESTINATION lib/millrace/consumers)
endfunction()

function(millrace_test_consumer name)
    millrace_plugin(test_consumer ${name} tests/consumers ${ARGN})
    set_target_properties(millrace_test_consumer_${name} millrace_plugin_test_consumer_${name} PROPERTIES
        EXCLUDE_FROM_ALL ON)
    target_include_directories(millrace_test_consumer_${name} PRIVATE ${PROJECT_SOURCE_DIR})
    if(NOT MILLRACE_SANITIZE STREQUAL "thread")
        add_dependencies(tests millrace_plugin_test_consumer_${name})
    endif()
endfunction()

# Of the core and the SDK, and not only of their parsers.
function(millrace_has_threads name result)
    set(${result} OFF PARENT_SCOPE)
    if(name MATCHES "^(unit/(gateway|sdk)|integration|conformance)/" AND
       NOT name MATCHES "/(config|explanation|frames|keys|manifest|message|moment|plugin_keys)_" AND
       NOT name MATCHES "/(quote|router|secrets|utf8)_")
        set(${result} ON PARENT_SCOPE)
    endif()
endfunction()

# Registers what all kinds of tests share: label, time limit, environment.
function(millrace_register_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "SERIAL" "TIMEOUT" "COMMAND")
    string(REGEX MATCH "^[a-z0-9]+" labels ${name})
    millrace_has_threads(${name} has_threads)
    if(has_threads)
        list(APPEND labels core)
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    add_test(NAME ${name} COMMAND ${arg_COMMAND})
    set_tests_properties(${name} PROPERTIES
        LABELS "${labels}" TIMEOUT ${arg_TIMEOUT} RUN_SERIAL ${arg_SERIAL} SKIP_RETURN_CODE 77
        ENVIRONMENT "${MILLRACE_TEST_ENVIRONMENT}")
endfunction()

function(millrace_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "SERIAL" "TIMEOUT" "SOURCES;LINKS")
    string(MAKE_C_IDENTIFIER test_${name} target)
    add_executable(${target} EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/${name}.cpp ${arg_SOURCES})
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${target} PRIVATE millrace::options GTest::gmock_main)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O0>)  # The tests' own code, compiled sooner.
    target_link_options(${target} PRIVATE $<$<CONFIG:Release>:-Wl,--strip-debug>)  # Each has the core in it.
    millrace_link(${target} PRIVATE ${arg_LINKS})
    target_compile_definitions(${target} PRIVATE
        MILLRACE_BUILD_DIR="${PROJECT_BINARY_DIR}" MILLRACE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    millrace_has_threads(${name} has_threads)
    if(has_threads OR NOT MILLRACE_SANITIZE STREQUAL "thread")
        add_dependencies(tests ${target})
    endif()
    millrace_register_test(${name} COMMAND ${target} TIMEOUT "${arg_TIMEOUT}" $<$<BOOL:${arg_SERIAL}>:SERIAL>)
endfunction()

function(millrace_script_test path)
    cmake_parse_arguments(PARSE_ARGV 1 arg "SERIAL" "TIMEOUT" "ARGS")
    cmake_path(REMOVE_EXTENSION path LAST_ONLY OUTPUT_VARIABLE name)
    millrace_register_test(${name} COMMAND ${MILLRACE_PYTHON} ${PROJECT_SOURCE_DIR}/tests/${path} ${arg_ARGS}
        TIMEOUT "${arg_TIMEOUT}" $<$<BOOL:${arg_SERIAL}>:SERIAL>)
endfunction()

function(millrace_fuzzer name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINKS")
    set(target fuzz_${name})
    set(folder ${PROJECT_SOURCE_DIR}/tests/fuzz)
    add_executable(${target} EXCLUDE_FROM_ALL ${folder}/${target}.cpp)
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${target} PRIVATE millrace::options)
    millrace_link(${target} PRIVATE ${arg_LINKS})
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
    if(MILLRACE_FUZZ)
        target_link_options(${target} PRIVATE -fsanitize=fuzzer)
        add_dependencies(fuzzers ${target})
    else()
        target_sources(${target} PRIVATE ${folder}/replay.cpp)
        if(NOT MILLRACE_SANITIZE STREQUAL "thread")
            add_dependencies(tests ${target})
        endif()
        millrace_register_test(fuzz/${name} COMMAND ${target} ${folder}/corpus/${name})
    endif()
endfunction()

function(millrace_benchmark name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
    set(target bench_${name})
    add_executable(${target} EXCLUDE_FROM_ALL ${arg_SOURCES})
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${target} PRIVATE millrace::options)
    millrace_link(${target} PRIVATE ${arg_LINKS})
    set_target_properties(${target} PROPERTIES
        OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
    add_dependencies(benchmarks ${target})
endfunction()
