# shellcheck shell=bash
# How ccache is used, so that every clone may use what it has from another. Sourced where the sources begin.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=true CCACHE_COMPILERCHECK=content CCACHE_SLOPPINESS=locale

# What this script compiles from now on is looked up in a directory, too, and put there: for builds on other systems
# with the same compiler, such as the containers in which the images are built.
share_compilations() { # DIRECTORY
  export CCACHE_REMOTE_STORAGE="file:$1|update-mtime=true" CCACHE_RESHARE=true
}
