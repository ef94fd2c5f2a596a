# Writes the migrations into a source file, so that the binary carries its schema. Raw string literals keep the SQL as it is;
# literals are limited in length by the standard (65,536 characters), far above a migration's size.
file(GLOB migration_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/postgres/migrations/*.sql)
list(SORT migration_files)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${migration_files})

set(entries "")
foreach(path ${migration_files})
  get_filename_component(name ${path} NAME_WE)
  string(REGEX MATCH "^[0-9]+" number ${name})
  math(EXPR number "${number}")  # drops the leading zeros, which would make it octal
  file(READ ${path} sql)
  string(APPEND entries "      {${number}, \"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()

set(MILLRACE_EMBEDDED_MIGRATIONS ${CMAKE_CURRENT_BINARY_DIR}/postgres/embedded_migrations.cpp)
file(CONFIGURE OUTPUT ${MILLRACE_EMBEDDED_MIGRATIONS} @ONLY CONTENT [[#include "connectors/postgres/migrations/migrations.hpp"

namespace millrace::postgres {

const std::vector<migration>& migrations() {
  static const std::vector<migration> all{
@entries@  };
  return all;
}

}  // namespace millrace::postgres
]])
