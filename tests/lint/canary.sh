#!/usr/bin/env bash
# Each rule that reads files finds what it is for: they run over a small tree that breaks all of them.
source "$(dirname "$0")/findings.sh"

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/{images/common/wire,images/client/core,operator/plain,operator/deep,docs,tests/lint}
cp tests/lint/*.sh "$tree/tests/lint/"
cp .clang-format .clang-tidy "$tree/"
echo 'images/client/core/a.cc gone.h a reason' >"$tree/tests/lint/layers.allow"
cd "$tree"

printf '#include "b.h"\n#include <cpprest/http_client.h>\n' >images/client/core/guard.h
{
  printf '#include <chrono>\n#include "operator/api/names.h"\n#include "images/common/net/loop.h"\n'
  printf 'int  F() {\n'
  seq -f '  // line %g' 80
  printf '}\n\nclass C {\n  int G() {\n'
  seq -f '    // line %g' 80
  printf '  }\n};\n'
  seq -f '// line %g' 400
} >images/client/core/a.cc
printf '#!/bin/sh\necho %s\n' "\$1" >unquoted.sh
printf 'See [it](missing.md) in %s.\n' "/home""/someone" >docs/page.md
# Two sources each that clang-tidy reads as one: what stands in a line, and what takes following a path.
sources=(operator/{plain,deep}/{one,two}.cc)
for source in "${sources[@]}"; do printf 'int %s();\nint %s() { return 1; }\n' "${source//[\/.]/_}"{,} >"$source"; done
printf 'int* Nothing();\nint* Nothing() { return 0; }\n' >>operator/plain/two.cc
printf 'int Read(const int* p);\nint Read(const int* p) {\n  if (p == nullptr) return *p;\n  return 0;\n}\n' >>operator/deep/two.cc
{
  printf '[\n'
  for source in "${sources[@]}"; do
    printf '{\n  "directory": "%s",\n  "command": "c++ -c %s",\n  "file": "%s"\n},\n' "$tree" "$tree/$source"{,}
  done
  printf '{}]\n'
} >compile_commands.json
export XDG_CACHE_HOME=$tree/cache

# expect RULE TEXT: the rule's findings hold the text.
expect() {
  local output
  output=$("tests/lint/$1.sh" "$tree" 2>&1) && finding "tests/lint/$1.sh:1: passes a tree that breaks it"
  grep -q -F -e "$2" <<<"$output" || finding "tests/lint/$1.sh:1: does not find: $2"
}

expect format 'images/client/core/a.cc:1: not formatted'
expect headers 'images/client/core/guard.h:1: has no #pragma once'
expect headers 'images/client/core/guard.h:1: includes start at the repository root: "b.h"'
expect sizes 'images/client/core/a.cc:501: the file is longer than 500 lines'
expect sizes 'images/client/core/a.cc:4: the function has 82 lines'
expect sizes 'images/client/core/a.cc:88: the function has 82 lines'
expect dead_files 'images/client/core/a.cc:1: no target compiles it'
expect words 'docs/page.md:1:'
expect scripts 'unquoted.sh:2:'
expect scripts 'unquoted.sh:1: is not executable'
expect links 'docs/page.md:1: links to missing.md'
expect layers 'images/client/core/a.cc:1: pure code includes <chrono>'
expect layers 'images/client/core/a.cc:2: this folder must not depend on "operator/api/names.h"'
expect layers 'images/client/core/a.cc:3: pure code includes "images/common/net/loop.h"'
expect layers 'images/client/core/guard.h:2: only operator/kube/cpprest_* may have'
expect layers 'nothing needs images/client/core/a.cc gone.h'
rm images/client/core/a.cc # which no compiler would take
expect clang_tidy 'modernize-use-nullptr'
expect clang_tidy 'core.NullDereference'
finish
