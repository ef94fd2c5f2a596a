# The C++ blocks of README and guides, extracted into the build tree. Two programs compile and run them: unit_docs, and
# integration_docs for those that need a database. A new block is listed here and included by a test, or is a test itself;
# unit_docs fails otherwise.
set(examples
  readme/close_month.hpp
  actors/handlers/close_month.hpp
  actors/handlers/ring_bell.hpp
  follow_up.inc
  register.inc
  tests/unit/actors/handlers/ring_bell_test.cpp
  tests/integration/actors/handlers/close_month_test.cpp)

find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(examples_dir ${CMAKE_CURRENT_BINARY_DIR}/doc_examples)
set(extract ${CMAKE_CURRENT_SOURCE_DIR}/unit/docs/extract_examples.py)
file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/docs/guides/*.md)
list(TRANSFORM examples PREPEND ${examples_dir}/ OUTPUT_VARIABLE extracted)
add_custom_command(OUTPUT ${extracted} DEPENDS ${extract} ${pages} VERBATIM
  COMMAND Python3::Interpreter ${extract} ${PROJECT_SOURCE_DIR} ${examples_dir} ${pages})
add_custom_target(doc_examples DEPENDS ${extracted})

test_program(unit_docs unit millrace_handlers unit/docs)
test_program(integration_docs integration millrace_handlers integration/docs)
target_sources(unit_docs PRIVATE ${examples_dir}/tests/unit/actors/handlers/ring_bell_test.cpp)
target_sources(integration_docs PRIVATE ${examples_dir}/tests/integration/actors/handlers/close_month_test.cpp)
list(JOIN examples " " example_names)
target_compile_definitions(unit_docs PRIVATE MILLRACE_EXAMPLES="${example_names}" MILLRACE_EXAMPLES_DIR="${examples_dir}")
foreach(program unit_docs integration_docs)
  target_include_directories(${program} PRIVATE ${examples_dir})
  add_dependencies(${program} doc_examples)
endforeach()
