/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <dirent.h>

int open_descriptors(void) {
  int count = 0;
  DIR *dir = opendir("/proc/self/fd");
  CHECK(dir != NULL);
  while (readdir(dir) != NULL) {
    count++;
  }
  closedir(dir);
  return count;
}

int main(void) {
  static const struct {
    const char *name;
    void (*run)(void);
  } tests[] = {{"socket", test_socket},
               {"io", test_io},
               {"option", test_option},
               {"poll", test_poll},
               {"info", test_info},
               {"fault", test_fault}};

  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
    int before = open_descriptors();
    int64_t start = net_now();
    tests[i].run();
    CHECK_EQ(open_descriptors(), before);
    printf("ok %-6s %lld ms\n", tests[i].name, (long long)((net_now() - start) / MILLIS));
  }
  return 0;
}
