/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link between two network namespaces that takes time: a TUN device in each, and this process,
 * which holds every packet for the delay before it hands it to the other side. So a SYN takes as
 * long as any other packet, on kernels without netem too. What is to be dropped by a pattern is
 * for the firewalls of the namespaces; here packets are lost by chance only.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

static const char USAGE[] =
    "usage: delay-line --delay MICROSECONDS [OPTION]... END END\n"
    "\n"
    "Joins two network namespaces by a link that holds each packet, IPv4 or IPv6, for a while: one\n"
    "TUN device in each, MTU 1500, up and without addresses. An END is a name as in `ip netns`, the\n"
    "path of a namespace, or pid:NUMBER.\n"
    "\n"
    "  --delay MICROSECONDS   how long a packet is held, in each direction: half of the round trip\n"
    "  --loss PERCENT         packets lost by chance, in each direction; default 0\n"
    "  --seed NUMBER          what chance begins with; default 1\n"
    "  --queue PACKETS        most packets held in a direction, others are dropped; default 10000\n"
    "  --device NAME          of both devices; default delay0\n"
    "  --for SECONDS          ends after this time\n"
    "\n"
    "Writes \"ready\" when the devices are there. Answers each line on standard input with a line of\n"
    "counts, and writes them once more at the end. Ends, and the devices with it, when standard\n"
    "input ends, the parent process dies, at SIGTERM or SIGINT, or after --for.\n"
    "\n"
    "exit code: 0 ended as told, 1 failed, 2 wrong usage, 77 not possible for this user or kernel\n";

enum {
  FAILED = 1,
  WRONG_USAGE = 2,
  NOT_POSSIBLE = 77,
  MTU = 1500,
  MAX_BATCH = 64, /* so that a flood from one side does not hold up the other */
  MAX_QUEUE = 100000,
  KERNEL_QUEUE = 10000, /* at least; a pointer a packet */
  TUN_MAJOR = 10,
  TUN_MINOR = 200,
};

static const int64_t NANOS_PER_SECOND = 1000000000;
static const int64_t NEVER = INT64_MAX;

struct packet {
  int64_t due_nanos;
  ssize_t length;
  unsigned char bytes[MTU];
};

/* One direction. All packets are held for the same time, so the first one in is the first due. */
struct direction {
  const char *name;
  int from, to;
  struct packet *ring;
  int first, count;
  int64_t passed, lost, overflowed, refused;
  int64_t late_total_nanos, late_max_nanos;
};

static struct {
  int64_t delay_nanos;
  double loss; /* 0 to 1 */
  uint64_t chance;
  int queue;
  const char *device;
  int64_t for_nanos;
} settings = {-1, 0, 1, 10000, "delay0", NEVER};

static void die(int code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("delay-line: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(code);
}

/* For what root with all capabilities may do, and others may not. */
static void die_of_errno(const char *what, const char *object) {
  int error = errno;
  bool forbidden = error == EPERM || error == EACCES;
  die(forbidden ? NOT_POSSIBLE : FAILED, "%s %s: %s%s", what, object, strerror(error),
      forbidden ? " (needs root with CAP_SYS_ADMIN and CAP_NET_ADMIN)" : "");
}

static int64_t now_nanos(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * NANOS_PER_SECOND + now.tv_nsec;
}

/* ---- the command line ---- */

static double number(const char *option, const char *text, double least, double most) {
  char *end;
  errno = 0;
  double value = strtod(text, &end);
  if (errno != 0 || end == text || *end != '\0' || !(value >= least && value <= most)) {
    die(WRONG_USAGE, "--%s must be %g to %g, but was \"%s\"", option, least, most, text);
  }
  return value;
}

static void parse(int count, char **words) {
  static const struct option options[] = {
      {"delay", required_argument, NULL, 'd'}, {"loss", required_argument, NULL, 'l'},
      {"seed", required_argument, NULL, 's'},  {"queue", required_argument, NULL, 'q'},
      {"device", required_argument, NULL, 'n'}, {"for", required_argument, NULL, 'f'},
      {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0}};
  int option;
  while ((option = getopt_long(count, words, "", options, NULL)) >= 0) {
    switch (option) {
      case 'd':
        settings.delay_nanos = (int64_t)(number("delay", optarg, 0, 60e6) * 1000);
        break;
      case 'l':
        settings.loss = number("loss", optarg, 0, 100) / 100;
        break;
      case 's':
        settings.chance = (uint64_t)number("seed", optarg, 1, 1e9);
        break;
      case 'q':
        settings.queue = (int)number("queue", optarg, 1, MAX_QUEUE);
        break;
      case 'n':
        if (strlen(optarg) >= IFNAMSIZ) {
          die(WRONG_USAGE, "--device must have at most %d letters, but was \"%s\"", IFNAMSIZ - 1,
              optarg);
        }
        settings.device = optarg;
        break;
      case 'f':
        settings.for_nanos = (int64_t)(number("for", optarg, 0, 1e6) * 1e9);
        break;
      case 'h':
        fputs(USAGE, stdout);
        exit(0);
      default:
        fputs(USAGE, stderr);
        exit(WRONG_USAGE);
    }
  }
  if (settings.delay_nanos < 0 || count - optind != 2) {
    fputs(USAGE, stderr);
    exit(WRONG_USAGE);
  }
}

/* ---- the devices ---- */

static int open_namespace(const char *end) {
  char path[4096];
  const char *format = strncmp(end, "pid:", 4) == 0 ? "/proc/%s/ns/net"
                       : strchr(end, '/') != NULL   ? "%s"
                                                    : "/var/run/netns/%s";
  const char *name = strncmp(end, "pid:", 4) == 0 ? end + 4 : end;
  if (snprintf(path, sizeof path, format, name) >= (int)sizeof path) {
    die(WRONG_USAGE, "the name of a namespace is too long");
  }
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    die_of_errno("cannot open the namespace", path);
  }
  return fd;
}

static int open_tun(void) {
  static const char path[] = "/dev/net/tun";
  int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 && errno == ENOENT) {
    /* A container without a udev of its own; the node is the same everywhere. */
    mkdir("/dev/net", 0755);
    if (mknod(path, S_IFCHR | 0600, makedev(TUN_MAJOR, TUN_MINOR)) != 0 && errno != EEXIST) {
      die(NOT_POSSIBLE, "there is no %s, and it cannot be made: %s", path, strerror(errno));
    }
    fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
  }
  if (fd < 0 && (errno == ENODEV || errno == ENXIO)) {
    die(NOT_POSSIBLE, "this kernel has no TUN devices (modprobe tun)");
  }
  if (fd < 0) {
    die_of_errno("cannot open", path);
  }
  return fd;
}

static void bring_up(void) {
  struct ifreq request = {0};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", settings.device);
  request.ifr_mtu = MTU;
  bool done = fd >= 0 && ioctl(fd, SIOCSIFMTU, &request) == 0;
  /* What the kernel's own queue drops while we wait for a CPU is not in our counts. */
  request.ifr_qlen = settings.queue < KERNEL_QUEUE ? KERNEL_QUEUE : settings.queue;
  done = done && ioctl(fd, SIOCSIFTXQLEN, &request) == 0;
  if (!done || ioctl(fd, SIOCGIFFLAGS, &request) != 0) {
    die_of_errno("cannot set up the device", settings.device);
  }
  request.ifr_flags |= IFF_UP;
  if (ioctl(fd, SIOCSIFFLAGS, &request) != 0) {
    die_of_errno("cannot bring up the device", settings.device);
  }
  close(fd);
}

/* A TUN device belongs to the namespace that /dev/net/tun was opened in. */
static int make_device(const char *end) {
  int namespace = open_namespace(end);
  if (setns(namespace, CLONE_NEWNET) != 0) {
    die_of_errno("cannot enter the namespace", end);
  }
  close(namespace);
  int fd = open_tun();
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", settings.device);
  if (ioctl(fd, TUNSETIFF, &request) != 0) {
    die_of_errno("cannot make the device", settings.device);
  }
  bring_up();
  return fd;
}

static void make_devices(char **ends, int *first, int *second) {
  int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  *first = make_device(ends[0]);
  *second = make_device(ends[1]);
  if (home < 0 || setns(home, CLONE_NEWNET) != 0) {
    die_of_errno("cannot return to", "the own namespace");
  }
  close(home);
}

/* ---- the packets ---- */

/* xorshift64* */
static bool is_lost(void) {
  if (settings.loss == 0) {
    return false;
  }
  settings.chance ^= settings.chance >> 12;
  settings.chance ^= settings.chance << 25;
  settings.chance ^= settings.chance >> 27;
  uint64_t drawn = (settings.chance * UINT64_C(2685821657736338717)) >> 11;
  return (double)drawn / (double)(UINT64_C(1) << 53) < settings.loss;
}

static void take(struct direction *line) {
  static struct packet overflow;
  for (int i = 0; i < MAX_BATCH; i++) {
    bool full = line->count == settings.queue;
    struct packet *place =
        full ? &overflow : &line->ring[(line->first + line->count) % settings.queue];
    place->length = read(line->from, place->bytes, MTU);
    if (place->length < 0) {
      if (errno == EAGAIN || errno == EINTR) {
        return;
      }
      die_of_errno("cannot read packets of", line->name);
    }
    if (is_lost()) {
      line->lost++;
    } else if (full) {
      line->overflowed++;
    } else {
      place->due_nanos = now_nanos() + settings.delay_nanos;
      line->count++;
    }
  }
}

/* Hands over what is due; when the next one is. */
static int64_t release(struct direction *line) {
  while (line->count > 0) {
    struct packet *packet = &line->ring[line->first];
    int64_t late = now_nanos() - packet->due_nanos;
    if (late < 0) {
      return packet->due_nanos;
    }
    if (write(line->to, packet->bytes, (size_t)packet->length) == packet->length) {
      line->passed++;
      line->late_total_nanos += late;
      if (late > line->late_max_nanos) {
        line->late_max_nanos = late;
      }
    } else {
      line->refused++; /* the device is down, or no packet of IP */
    }
    line->first = (line->first + 1) % settings.queue;
    line->count--;
  }
  return NEVER;
}

static void report(const struct direction *lines) {
  for (int i = 0; i < 2; i++) {
    const struct direction *line = &lines[i];
    printf("%s%s: passed=%" PRId64 " lost=%" PRId64 " overflowed=%" PRId64 " refused=%" PRId64
           " held=%d late_mean_us=%" PRId64 " late_max_us=%" PRId64,
           i == 0 ? "" : " ", line->name, line->passed, line->lost, line->overflowed,
           line->refused, line->count,
           line->passed == 0 ? 0 : line->late_total_nanos / line->passed / 1000,
           line->late_max_nanos / 1000);
  }
  puts("");
  fflush(stdout);
}

/* ---- until the end ---- */

/*
 * prctl(2): the signal comes when the thread that started us ends, which in a JVM is no news. So it
 * has a number of its own, and who the parent is decides.
 */
static const int PARENT_DIED = SIGUSR1;

static int open_signals(void) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  sigaddset(&signals, PARENT_DIED);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  signal(SIGPIPE, SIG_IGN);
  int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) {
    die_of_errno("cannot receive", "signals");
  }
  return fd;
}

static bool is_told_to_end(int signals, pid_t parent) {
  struct signalfd_siginfo signal;
  while (read(signals, &signal, sizeof signal) == sizeof signal) {
    if ((int)signal.ssi_signo != PARENT_DIED || getppid() != parent) {
      return true;
    }
  }
  return false;
}

static bool has_input_ended(const struct direction *lines) {
  char text[256];
  ssize_t count = read(STDIN_FILENO, text, sizeof text);
  if (count <= 0) {
    return count == 0 || (errno != EINTR && errno != EAGAIN);
  }
  for (ssize_t i = 0; i < count; i++) {
    if (text[i] == '\n') {
      report(lines);
    }
  }
  return false;
}

static int64_t earlier(int64_t one, int64_t other) {
  return one < other ? one : other;
}

static void run(struct direction *lines, int signals, pid_t parent) {
  int64_t end = settings.for_nanos == NEVER ? NEVER : now_nanos() + settings.for_nanos;
  struct pollfd ready[] = {{.fd = lines[0].from, .events = POLLIN},
                           {.fd = lines[1].from, .events = POLLIN},
                           {.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = signals, .events = POLLIN}};
  for (;;) {
    int64_t next = earlier(earlier(release(&lines[0]), release(&lines[1])), end);
    int64_t left = next == NEVER ? NEVER : next - now_nanos();
    if (end != NEVER && now_nanos() >= end) {
      return;
    }
    left = left < 0 ? 0 : left;
    struct timespec timeout = {left / NANOS_PER_SECOND, left % NANOS_PER_SECOND};
    if (ppoll(ready, 4, next == NEVER ? NULL : &timeout, NULL) < 0) {
      if (errno == EINTR) {
        continue;
      }
      die_of_errno("cannot wait for", "packets");
    }
    if ((ready[3].revents != 0 && is_told_to_end(signals, parent)) ||
        (ready[2].revents != 0 && has_input_ended(lines))) {
      return;
    }
    for (int i = 0; i < 2; i++) {
      if (ready[i].revents != 0) {
        take(&lines[i]);
      }
    }
  }
}

int main(int count, char **words) {
  parse(count, words);
  pid_t parent = getppid();
  int signals = open_signals();
  if (prctl(PR_SET_PDEATHSIG, PARENT_DIED) != 0 || getppid() != parent) {
    die(FAILED, "the parent process died");
  }
  /* Time is what this is about: a packet must not wait for a CPU too. Without the right it may. */
  struct sched_param priority = {.sched_priority = 2};
  sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority);
  prctl(PR_SET_TIMERSLACK, 1UL);

  int first, second;
  make_devices(words + optind, &first, &second);
  struct direction lines[] = {{.name = "there", .from = first, .to = second},
                              {.name = "back", .from = second, .to = first}};
  for (int i = 0; i < 2; i++) {
    lines[i].ring = calloc((size_t)settings.queue, sizeof(struct packet));
    if (lines[i].ring == NULL) {
      die(FAILED, "no memory for %d packets", settings.queue);
    }
  }
  puts("ready");
  fflush(stdout);
  run(lines, signals, parent);
  report(lines);
  for (int i = 0; i < 2; i++) {
    free(lines[i].ring);
  }
  return 0;
}
