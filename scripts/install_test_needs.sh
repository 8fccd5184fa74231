#!/bin/sh
# Installs what the tests need beside Python packages, from Debian, one line told for each.
# Without root and without sudo nothing is installed: tests that need it then skip with the reason
# (under CI=true they fail).
set -eu
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo -n"; else as_root="no"; fi
fi
missing=""
need() { # need NAME PACKAGE TEST-COMMAND...
    name=$1 package=$2
    shift 2
    if "$@" >/dev/null 2>&1; then
        echo "test needs: $name is there"
    elif [ "$as_root" = no ] || ! command -v apt-get >/dev/null 2>&1; then
        echo "test needs: $name is absent and may not be installed here (Debian package: $package)"
    else
        echo "test needs: $name is absent, installing $package"
        missing="$missing $package"
    fi
}
has_java() { java -version 2>&1 | grep -Eq 'version "(17|18|19|[2-9][0-9])' || ls /usr/lib/jvm/*17* ; }
need "Java 17 (Elasticsearch 8.19)" openjdk-17-jre-headless has_java
need "Maven (fetches Elasticsearch)" maven command -v mvn
need "PostgreSQL server" postgresql sh -c 'ls /usr/lib/postgresql/*/bin/initdb'
need "wget (WARC of another tool)" wget command -v wget
need "Chromium (a browser's view of pages and of the desk)" chromium command -v chromium
need "a Chinese HTML manual (real site)" maint-guide-zh-cn ls /usr/share/doc/maint-guide-zh-cn/html
if [ -n "$missing" ]; then
    export DEBIAN_FRONTEND=noninteractive
    $as_root apt-get update -qq
    # shellcheck disable=SC2086
    $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
