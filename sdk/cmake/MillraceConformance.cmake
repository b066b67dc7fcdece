# The conformance suites, as functions. They need GoogleTest; the suites are in MILLRACE_CONFORMANCE_DIR.
#
#   millrace_adapter_conformance(name PLUGIN target PEER source.. [LINKS library..])
#       A program and a test `name`: the adapter that `target` builds against the sources' peers (conformance.hpp).
#   millrace_consumer_conformance(name PLUGIN target [CONFIG json] [ATTRIBUTES key=value..] [SAYS text..] [KEEPS_STATE])
#       A test `name` of the consumer that `target` builds. It gets this configuration, scopes with these attributes,
#       and these messages. KEEPS_STATE: all that it remembers is in its state.

find_package(GTest REQUIRED)

# Both suites, compiled once in a build.
function(millrace_conformance_library)
    if(TARGET millrace_conformance)
        return()
    endif()
    set(directory ${MILLRACE_CONFORMANCE_DIR}/conformance)
    add_library(millrace_conformance STATIC EXCLUDE_FROM_ALL
        ${directory}/plugin_file.cpp ${directory}/recording_host.cpp ${directory}/wire.cpp)
    target_compile_features(millrace_conformance PUBLIC cxx_std_20)
    target_include_directories(millrace_conformance PUBLIC ${MILLRACE_CONFORMANCE_DIR})
    target_link_libraries(millrace_conformance
        PUBLIC millrace::sdk millrace::schemas_lite GTest::gtest ${CMAKE_DL_LIBS})
    add_library(millrace::conformance ALIAS millrace_conformance)
    set(main ${directory}/main.cpp ${directory}/plugin_test.cpp)
    add_library(millrace_adapter_suite OBJECT EXCLUDE_FROM_ALL
        ${main} ${directory}/adapter_fixture.cpp ${directory}/adapter_life_test.cpp
        ${directory}/adapter_scope_test.cpp ${directory}/adapter_answer_test.cpp ${directory}/adapter_end_test.cpp
        ${directory}/adapter_transaction_test.cpp ${directory}/adapter_probe_test.cpp)
    target_link_libraries(millrace_adapter_suite PUBLIC millrace_conformance)
    add_executable(millrace_consumer_suite EXCLUDE_FROM_ALL
        ${main} ${directory}/consumer_test.cpp)
    target_link_libraries(millrace_consumer_suite PRIVATE millrace_conformance)
endfunction()

function(millrace_adapter_conformance name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "PLUGIN" "PEER;LINKS")
    millrace_conformance_library()
    string(MAKE_C_IDENTIFIER ${name} target)
    add_executable(${target} ${arg_PEER})
    target_link_libraries(${target} PRIVATE millrace_adapter_suite ${arg_LINKS})
    add_dependencies(${target} ${arg_PLUGIN})
    add_test(NAME ${name} COMMAND ${target} $<TARGET_FILE:${arg_PLUGIN}>)
    set_tests_properties(${name} PROPERTIES TIMEOUT 120 LABELS conformance)
endfunction()

function(millrace_consumer_conformance name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "KEEPS_STATE" "PLUGIN;CONFIG" "ATTRIBUTES;SAYS")
    millrace_conformance_library()
    set(arguments)
    if(arg_CONFIG)
        list(APPEND arguments "config=${arg_CONFIG}")
    endif()
    foreach(attribute IN LISTS arg_ATTRIBUTES)
        list(APPEND arguments "attribute=${attribute}")
    endforeach()
    foreach(text IN LISTS arg_SAYS)
        list(APPEND arguments "say=${text}")
    endforeach()
    if(arg_KEEPS_STATE)
        list(APPEND arguments keeps_state=yes)
    endif()
    string(MAKE_C_IDENTIFIER "${name}_built" target)
    add_custom_target(${target} ALL DEPENDS millrace_consumer_suite ${arg_PLUGIN})
    add_test(NAME ${name} COMMAND millrace_consumer_suite $<TARGET_FILE:${arg_PLUGIN}> ${arguments})
    set_tests_properties(${name} PROPERTIES TIMEOUT 120 LABELS conformance)
endfunction()
