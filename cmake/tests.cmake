# Tests, their second processes, examples, the benchmark and the header's checks: one executable a
# file, found by its place, so a new file needs no line here. A test's CTest label is its folder
# under tests/; a file named long_*_test.c carries the label long, too. Other C files of a test's
# folder are helpers, compiled into each test there; those of tests/support/ are for all tests.
find_package(PkgConfig REQUIRED)
pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)
add_library(noemadb_testing INTERFACE)
target_include_directories(noemadb_testing INTERFACE tests)
target_link_libraries(noemadb_testing INTERFACE noemadb_internal noemadb_warnings PkgConfig::cmocka)

file(GLOB support CONFIGURE_DEPENDS tests/support/*.c)
if(support)
    add_library(noemadb_test_support STATIC ${support})
    target_link_libraries(noemadb_test_support PRIVATE noemadb_testing)
    set(support_library noemadb_test_support)
endif()

# Second processes of tests.
set(program_dir "${PROJECT_BINARY_DIR}/programs")
add_custom_target(noemadb_programs)
file(GLOB files CONFIGURE_DEPENDS tests/support/programs/*.c)
foreach(file IN LISTS files)
    cmake_path(GET file STEM name)
    add_executable(program_${name} ${file})
    set_target_properties(program_${name} PROPERTIES OUTPUT_NAME ${name}
        RUNTIME_OUTPUT_DIRECTORY "${program_dir}")
    target_link_libraries(program_${name} PRIVATE ${support_library} noemadb_objects noemadb_testing)
    add_dependencies(noemadb_programs program_${name})
endforeach()

set(test_environment "")
if(NOEMADB_SANITIZE)
    set(test_environment "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1"
        "UBSAN_OPTIONS=print_stacktrace=1" "TSAN_OPTIONS=ignore_noninstrumented_modules=1")
endif()

# A unit test stands alone. An integration or fault test finds its server in NOEMA_MONGODB_URI;
# a fault test makes that server misbehave, so nothing runs beside it.
function(noemadb_add_test kind file)
    cmake_path(RELATIVE_PATH file BASE_DIRECTORY "${PROJECT_SOURCE_DIR}/tests" OUTPUT_VARIABLE path)
    cmake_path(REMOVE_EXTENSION path OUTPUT_VARIABLE name)
    string(REPLACE "/" "_" name "${name}")
    cmake_path(GET file PARENT_PATH folder)
    file(GLOB helpers CONFIGURE_DEPENDS "${folder}/*.c")
    list(FILTER helpers EXCLUDE REGEX "_test\\.c$")
    add_executable(${name} ${file} ${helpers})
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
    target_compile_definitions(${name} PRIVATE NOEMA_TEST_PROGRAMS="${program_dir}" NOEMA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name} PRIVATE ${support_library} noemadb_objects noemadb_testing)
    add_dependencies(${name} noemadb_programs)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS ${kind} TIMEOUT 120 SKIP_RETURN_CODE 77
        ENVIRONMENT "${test_environment}")
    if(kind STREQUAL "faults" OR name MATCHES "(faults|deadlines)_test$")
        set_tests_properties(${name} PROPERTIES RUN_SERIAL ON TIMEOUT 600)
    endif()
    cmake_path(GET file FILENAME filename)
    if(filename MATCHES "^long_")
        set_tests_properties(${name} PROPERTIES LABELS "${kind};long" TIMEOUT 1800)
    endif()
endfunction()

foreach(kind IN ITEMS unit integration faults install)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS tests/${kind}/*_test.c)
    foreach(file IN LISTS files)
        noemadb_add_test(${kind} "${file}")
    endforeach()
endforeach()

add_test(NAME layers COMMAND "${PROJECT_SOURCE_DIR}/scripts/checks/layers")
set_tests_properties(layers PROPERTIES LABELS unit TIMEOUT 60)

# Examples see what a user sees: the public header and the shared library.
file(GLOB files CONFIGURE_DEPENDS examples/*.c)
foreach(file IN LISTS files)
    cmake_path(GET file STEM name)
    add_executable(example_${name} ${file})
    set_target_properties(example_${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/examples")
    target_compile_definitions(example_${name} PRIVATE _POSIX_C_SOURCE=200809L)
    target_link_libraries(example_${name} PRIVATE noemadb noemadb_warnings Threads::Threads)
    # Each runs on a database that is new, and then again on what it left.
    set(arguments)
    if(name STREQUAL "demo")
        set(arguments --runs 200 --accounts 20)
    endif()
    foreach(turn IN ITEMS first again)
        add_test(NAME example_${name}_${turn} COMMAND example_${name} ${arguments})
        set_tests_properties(example_${name}_${turn} PROPERTIES LABELS integration TIMEOUT 120
            ENVIRONMENT "NOEMA_DATABASE=example_${name};${test_environment}")
    endforeach()
    set_tests_properties(example_${name}_again PROPERTIES DEPENDS example_${name}_first)
endforeach()

file(GLOB files CONFIGURE_DEPENDS bench/*.c)
if(files)
    add_executable(noemadb_bench ${files})
    target_link_libraries(noemadb_bench PRIVATE noemadb_objects noemadb_internal noemadb_warnings m)
endif()

# The public header alone, as C11 and as C++17.
if(EXISTS "${PROJECT_SOURCE_DIR}/include/noemadb.h")
    enable_language(CXX)
    foreach(suffix IN ITEMS c cpp)
        set(file "${PROJECT_BINARY_DIR}/header_check.${suffix}")
        file(CONFIGURE OUTPUT "${file}" CONTENT "#include <noemadb.h>\n")
        add_library(noemadb_header_${suffix} OBJECT "${file}")
        target_include_directories(noemadb_header_${suffix} PRIVATE include)
        target_compile_options(noemadb_header_${suffix} PRIVATE -Wall -Wextra -Wpedantic)
    endforeach()
    set_target_properties(noemadb_header_cpp PROPERTIES CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON
        CXX_EXTENSIONS OFF)
endif()
