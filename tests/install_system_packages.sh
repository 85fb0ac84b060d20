#!/bin/sh
# Installs what the tests need from the system's packages, where it is missing: three browsers (Chromium, Firefox,
# WebKitGTK with a screen that nobody sees) and a font, Pango for PDFs, Java and Node for the checks of HTML and of whole pages, nginx
# and wrk for the benchmarks, a C compiler for the disk that fails. Says what is missing and fails where it may not install.
set -eu
has() { command -v "$1" >/dev/null 2>&1 || test -x "/usr/sbin/$1"; }
missing=""
has chromium || has chromium-browser || missing="$missing chromium fonts-dejavu-core"
has firefox-esr || has firefox || missing="$missing firefox-esr"
has WebKitWebDriver || missing="$missing webkit2gtk-driver"
has Xvfb || missing="$missing xvfb"
has java || missing="$missing default-jre-headless"
has node || missing="$missing nodejs"
has npm || missing="$missing npm"
has nginx || missing="$missing nginx-light"
has cc || missing="$missing gcc libc6-dev"
has systemd-analyze || missing="$missing systemd"
has wrk || missing="$missing wrk"
/sbin/ldconfig -p | grep -q libpangoft2-1.0 || missing="$missing libpango-1.0-0 libpangoft2-1.0-0"
/sbin/ldconfig -p | grep -q libharfbuzz-subset || missing="$missing libharfbuzz-subset0"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
  echo "Missing:$missing. Install them (sudo apt-get install$missing) and run this again." >&2
  exit 1
fi
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
echo "Installing$missing …"
$as_root apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
