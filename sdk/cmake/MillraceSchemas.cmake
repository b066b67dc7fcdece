# The protobuf schema as a library of generated code.
#
#   millrace_schema_flavour(target flavour protoc-options runtime root proto..)
#       `flavour` names the folder of the generated headers; the protos are named from `root`.

function(millrace_schema_flavour target flavour plugin_options runtime root)
    set(directory ${PROJECT_BINARY_DIR}/generated/${flavour})
    file(MAKE_DIRECTORY ${directory})
    list(TRANSFORM ARGN PREPEND ${root}/ OUTPUT_VARIABLE sources)
    foreach(proto IN LISTS ARGN)
        cmake_path(REMOVE_EXTENSION proto OUTPUT_VARIABLE stem)
        set(outputs ${directory}/${stem}.pb.h ${directory}/${stem}.pb.cc)
        add_custom_command(
            OUTPUT ${outputs}
            COMMAND protobuf::protoc --proto_path=${root} --cpp_out=${plugin_options}${directory} ${proto}
            DEPENDS ${sources}
            WORKING_DIRECTORY ${root}
            COMMENT "Generating ${flavour} ${proto}"
            VERBATIM)
        list(APPEND generated ${outputs})
    endforeach()
    add_library(${target} STATIC ${generated})
    target_include_directories(${target} SYSTEM PUBLIC ${directory} ${Protobuf_INCLUDE_DIRS})
    target_link_libraries(${target} PUBLIC ${runtime})
    set_target_properties(${target} PROPERTIES
        POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
        INTERFACE_MILLRACE_SCHEMA ${flavour} COMPATIBLE_INTERFACE_STRING MILLRACE_SCHEMA)
    string(REPLACE millrace_ millrace:: alias ${target})
    add_library(${alias} ALIAS ${target})
endfunction()
