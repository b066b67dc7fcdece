# How a plugin is linked so that it gets along with the gateway and with other plugins: one exported symbol, nothing
# undefined, nothing that the dynamic linker merges with that of others.
#
#   millrace_seal_plugin(target)        for a MODULE library

function(millrace_seal_plugin target)
    set_target_properties(${target} PROPERTIES
        PREFIX "" LINKER_LANGUAGE CXX CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
        LINK_DEPENDS ${MILLRACE_PLUGIN_VERSION_SCRIPT})
    # A unique symbol is merged across plugins, whatever their visibility and RTLD_LOCAL say.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
    target_link_options(${target} PRIVATE
        -Wl,--exclude-libs,ALL -Wl,--version-script=${MILLRACE_PLUGIN_VERSION_SCRIPT})
    if(NOT MILLRACE_SANITIZE)  # a sanitizer's run time is found in the program that loads the plugin
        target_link_options(${target} PRIVATE -Wl,-z,defs)
    endif()
endfunction()
