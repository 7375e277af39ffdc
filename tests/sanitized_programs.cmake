# The tests of integration look at programs from outside. The parts faults and races run them again, with the programs
# of the builds with sanitizers in place of this build's own: compiled once, they need no sanitizer themselves.

# What the thread sanitizer says goes to a file, too: a program may end before anybody asks how.
set(race_reports ${CMAKE_BINARY_DIR}/race-reports)
set(faults_properties ENVIRONMENT "CLOCKWORK_TEST_PROGRAMS=${CMAKE_BINARY_DIR}/asan/bin")
set(races_properties ENVIRONMENT "CLOCKWORK_TEST_PROGRAMS=${CMAKE_BINARY_DIR}/tsan/bin"
  ENVIRONMENT_MODIFICATION "TSAN_OPTIONS=set:${tsan_options}:log_path=${race_reports}/race" FIXTURES_REQUIRED race_reports)

add_test(NAME Races.ReportsAreCleared COMMAND sh -c "rm -rf \"$0\" && mkdir -p \"$0\"" ${race_reports})
set_tests_properties(Races.ReportsAreCleared PROPERTIES FIXTURES_SETUP race_reports LABELS races)
add_test(NAME Races.NoneIsReported COMMAND sh -c "! cat \"$0\"/race.* 2>/dev/null" ${race_reports})
set_tests_properties(Races.NoneIsReported PROPERTIES FIXTURES_CLEANUP race_reports LABELS races)

# That there would be a report.
add_test(NAME Races.ACanaryIsReported COMMAND sh -c
  "! \"$0\" && grep -q 'data race' \"$1\".* && rm \"$1\".*" ${CMAKE_BINARY_DIR}/tsan/bin/race_canary ${race_reports}/canary)
set_tests_properties(Races.ACanaryIsReported PROPERTIES LABELS races FIXTURES_REQUIRED race_reports
  ENVIRONMENT "TSAN_OPTIONS=${tsan_options}:log_path=${race_reports}/canary")

# Registers the cases of a test of integration once more, as PART/CASE, labelled PART.
function(clockwork_test_again name part build serial)
  gtest_discover_tests(${name} TEST_PREFIX ${part}/ TEST_LIST ${name}_${part} PROPERTIES
    LABELS ${part} TIMEOUT 1500 RUN_SERIAL ${serial} ${${part}_properties} DISCOVERY_TIMEOUT 60)
  add_dependencies(tests_${part} ${name})
endfunction()
