// The process that holds a pod's namespaces: ends when it is told to, and reaps what others leave.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void End(int signal) { _exit(signal == SIGTERM || signal == SIGINT ? 0 : 1); }

static void Reap(int signal) {
  (void)signal;
  while (waitpid(-1, NULL, WNOHANG) > 0) {
  }
}

int main(void) {
  signal(SIGINT, End);
  signal(SIGTERM, End);
  signal(SIGCHLD, Reap);
  for (;;) pause();
}
