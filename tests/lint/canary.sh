#!/usr/bin/env bash
# Each rule that reads files finds what it is for: they run over a small tree that breaks all of them.
source "$(dirname "$0")/findings.sh"

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/{images/common/wire,images/client/core,docs,tests/lint}
cp tests/lint/*.sh "$tree/tests/lint/"
cp .clang-format "$tree/"
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
printf '[]\n' >compile_commands.json

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
finish
