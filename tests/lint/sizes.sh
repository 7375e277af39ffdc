#!/usr/bin/env bash
# A file has one subject and a function fits on a screen: at most 500 and 70 lines.
source "$(dirname "$0")/findings.sh"

mapfile -t files < <(project_files '\.(cc|h|py|sh)$')
# Of a function, formatted as here: its head ends in a brace at column 0 or in a class, its end is a brace
# in the column where the head began.
# shellcheck disable=SC2016 # the dollars are awk's
findings_of awk -v file_limit=500 -v function_limit=70 '
  FNR == 1 { begin = 0 }
  FNR == file_limit + 1 { print FILENAME ":" FNR ": the file is longer than " file_limit " lines" }
  FILENAME !~ /\.(cc|h)$/ { next }
  /^ ? ?[A-Za-z~].*\{$/ && !/^ *(namespace|struct|class|enum|union|extern)/ && !/= *\{$/ && !begin {
    begin = FNR
    match($0, /^ */)
    indent = RLENGTH
  }
  begin && (indent ? /^  }/ : /^}/) {
    if (FNR - begin + 1 > function_limit)
      print FILENAME ":" begin ": the function has " FNR - begin + 1 " lines, more than " function_limit
    begin = 0
  }' "${files[@]}"
finish
