#!/bin/sh
# Builds the live sample, a Spring Boot application, and runs it: samples/live.sh [--help | options]
exec "$(dirname -- "$0")/run.sh" samples-live live io.trunkline.samples.live.Live "$@"
