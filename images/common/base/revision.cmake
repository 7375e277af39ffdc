# The commit that --version shows, as of the build and not of the configuration, with "-dirty" when what is built
# is not as committed.
#
# Included, it gives clockwork_revision_library(NAME): an object library that holds the commit. A program that is
# linked with it shows it; whoever is not says "unknown" and need not be linked anew after each commit. Before every
# build this same file runs as a script that writes the library's source, if the commit is another one than before.

if(CMAKE_SCRIPT_MODE_FILE)
  set(revision "${COMMIT}")
  if(NOT revision AND GIT)
    execute_process(COMMAND ${GIT} rev-parse --show-toplevel --short=12 HEAD WORKING_DIRECTORY ${SOURCE}
                    OUTPUT_VARIABLE lines OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    if(NOT failed)
      string(REPLACE "\n" ";" lines "${lines}")
      list(GET lines 0 top)
      file(REAL_PATH "${top}" top)
      file(REAL_PATH "${SOURCE}" source)
      # A source archive that was unpacked inside somebody's repository is not of that one's commit.
      if(top STREQUAL source)
        list(GET lines 1 revision)
        # What is not of the commit must not pass for it, nor what git cannot tell. As in images/build, only what is
        # built counts, as documents may be edited meanwhile; files there that git does not know do, too.
        set(built images operator tests cmake CMakeLists.txt CMakePresets.json)
        execute_process(COMMAND ${GIT} --no-optional-locks status --porcelain -- ${built} WORKING_DIRECTORY ${SOURCE}
                        OUTPUT_VARIABLE changes ERROR_QUIET RESULT_VARIABLE failed)
        if(failed OR NOT changes STREQUAL "")
          string(APPEND revision "-dirty")
        endif()
      endif()
    endif()
  endif()
  if(NOT revision)
    set(revision "unknown")
  endif()
  set(text "namespace clockwork {\nextern const char kRevision[];\nconst char kRevision[] = \"${revision}\";\n}\n")
  set(before "")
  if(EXISTS ${OUTPUT})
    file(READ ${OUTPUT} before)
  endif()
  if(NOT before STREQUAL text)
    file(WRITE ${OUTPUT} "${text}")
  endif()
  return()
endif()

# Without a repository around it, as in an image's build: -DCLOCKWORK_COMMIT=...
set(CLOCKWORK_COMMIT "" CACHE STRING "Commit shown by --version; empty: git's HEAD")
find_package(Git QUIET)
set(CLOCKWORK_REVISION_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(clockwork_revision_library name)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
  add_custom_target(${name}_source BYPRODUCTS ${output} VERBATIM COMMENT "" COMMAND ${CMAKE_COMMAND}
    -D OUTPUT=${output} -D COMMIT=${CLOCKWORK_COMMIT} -D GIT=${GIT_EXECUTABLE} -D SOURCE=${CMAKE_SOURCE_DIR}
    -P ${CLOCKWORK_REVISION_SCRIPT})
  add_library(${name} OBJECT ${output})
  add_dependencies(${name} ${name}_source)
endfunction()
