# What gcov says of each of our files, and of all together; fails below the floor that docs/native.md states.
/^File / { ours = $0 ~ /(net|jni)_[a-z]+\.c'/; name = $2 }
/^Lines executed/ && ours {
  split($0, part, /[:% ]+/)
  run += part[3] * part[5] / 100
  lines += part[5]
  printf "%-24s %6.2f %% of %d lines\n", name, part[3], part[5]
  ours = 0
}
END {
  printf "%-24s %6.2f %% of %d lines\n", "together", 100 * run / lines, lines
  exit 100 * run / lines < floor
}
