# Language, warnings, visibility, sanitizers, linker and compiler cache: what every target of the build shares.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

# A unique symbol is merged by the dynamic linker across plugins, whatever their visibility and RTLD_LOCAL say.
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)

if(MILLRACE_SANITIZE)
    add_compile_options(-fsanitize=${MILLRACE_SANITIZE} -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${MILLRACE_SANITIZE})
    # What a check knows of its place is data with pointers: a third of each program, were they relocated at its start.
    add_link_options($<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-no-pie>)
    add_link_options(-Wl,--compress-debug-sections=zlib)
    # GCC warns that ThreadSanitizer does not see fences; Asio has some beside the locks that it does see.
    add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
    # Instrumented code hides initialisations from GCC's analysis: std::regex alone gives a page of false findings.
    add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
if(MILLRACE_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(MILLRACE_CCACHE ccache)
if(MILLRACE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${MILLRACE_CCACHE})
endif()
find_program(MILLRACE_MOLD mold)
if(MILLRACE_MOLD)
    add_link_options(-fuse-ld=mold)
endif()

# Our own code includes this; generated code does not.
add_library(millrace_options INTERFACE)
add_library(millrace::options ALIAS millrace_options)
target_compile_options(millrace_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wnon-virtual-dtor)
# A constructor's parameter may have the name of the public member that it becomes.
target_compile_options(millrace_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wshadow=local>)
if(MILLRACE_WERROR)
    target_compile_options(millrace_options INTERFACE -Werror)
endif()

# The one place of the version is project(): "gateway/version.hpp" carries it.
configure_file(cmake/version.hpp.in ${PROJECT_BINARY_DIR}/generated/host/gateway/version.hpp @ONLY)
target_include_directories(millrace_options INTERFACE ${PROJECT_BINARY_DIR}/generated/host)
