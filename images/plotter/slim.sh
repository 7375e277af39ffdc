#!/usr/bin/env bash
# Inside the plotter's image being built: removes what matplotlib's package brings along and never imports,
# which is SciPy with a compiler and all its headers, three quarters of the image.
set -euo pipefail
unused='python3-(scipy|pythran|sympy|mpmath|gast|beniget)|.*-dev|(g\+\+|gcc|cpp)(-12)?|binutils.*|unicode-data'
unused+='|lib(asan8|tsan2|ubsan1|lsan0|itm1|cc1-0|binutils|ctf0|ctf-nobfd0|gprofng0)|python-matplotlib-doc'
mapfile -t packages < <(dpkg-query -W -f '${Package}\n' | grep -x -E "$unused")
dpkg --force-depends --purge "${packages[@]}" >/dev/null
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /usr/share/{doc,man,locale} /source/images
