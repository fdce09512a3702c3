#!/bin/sh
# Builds the samples and shows OkHttp over Trunkline: samples/okhttp.sh [--help]
exec "$(dirname -- "$0")/run.sh" samples okhttp io.trunkline.samples.OkHttp "$@"
