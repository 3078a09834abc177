// Pseudo-terminals and scheduling, which Node.js does not provide. Failures are returned as [call, errno name, text].
#pragma once
#include <dirent.h>
#include <fcntl.h>
#include <napi.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace softqd {

inline std::string errorName(int code) {
  switch (code) {
    case EPERM: return "EPERM";
    case EACCES: return "EACCES";
    case EINVAL: return "EINVAL";
    case ENOMEM: return "ENOMEM";
    case EAGAIN: return "EAGAIN";
    case ENOSYS: return "ENOSYS";
    case EMFILE: return "EMFILE";
    case ENFILE: return "ENFILE";
    case ENOSPC: return "ENOSPC";
    default: return "errno " + std::to_string(code);
  }
}

inline Napi::Value failure(Napi::Env env, const char* call, int code) {
  Napi::Array out = Napi::Array::New(env, 3);
  out.Set(uint32_t(0), call);
  out.Set(uint32_t(1), errorName(code));
  out.Set(uint32_t(2), std::strerror(code));
  return out;
}

/** openPty() -> {masterFd, slaveFd, slavePath} in raw mode, or a failure. */
inline Napi::Value openPty(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0) return failure(env, "posix_openpt", errno);
  char path[128];
  const char* call = nullptr;
  int slave = -1;
  termios mode;
  if (grantpt(master) != 0) call = "grantpt";
  else if (unlockpt(master) != 0) call = "unlockpt";
  else if (ptsname_r(master, path, sizeof path) != 0) call = "ptsname_r";
  else if ((slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) call = "open";
  else if (tcgetattr(slave, &mode) != 0) call = "tcgetattr";
  else {
    cfmakeraw(&mode);
    if (tcsetattr(slave, TCSANOW, &mode) != 0) call = "tcsetattr";
  }
  if (call) {
    const int code = errno;
    if (slave >= 0) close(slave);
    close(master);
    return failure(env, call, code);
  }
  Napi::Object out = Napi::Object::New(env);
  out.Set("masterFd", master);
  out.Set("slaveFd", slave);
  out.Set("slavePath", path);
  return out;
}

/** The termios2 of the kernel, which supports any rate in bit/s; its header and <termios.h> exclude each other. */
struct KernelTermios {
  uint32_t input, output, control, local;
  uint8_t line, characters[19];
  uint32_t inputSpeed, outputSpeed;
};
static_assert(sizeof(KernelTermios) == 44, "termios2 of Linux");
constexpr unsigned long kGetTermios = _IOR('T', 0x2A, KernelTermios), kSetTermios = _IOW('T', 0x2B, KernelTermios);
constexpr uint32_t kSpeedBits = 0010017, kOtherSpeed = 0010000;

/** baudRate(fd) -> bit/s of a terminal (of either end of a pseudo-terminal), or a failure. */
inline Napi::Value baudRate(const Napi::CallbackInfo& info) {
  KernelTermios mode{};
  if (ioctl(info[0].ToNumber().Int32Value(), kGetTermios, &mode) != 0) return failure(info.Env(), "ioctl(TCGETS2)", errno);
  return Napi::Number::New(info.Env(), mode.outputSpeed);
}

/** setBaudRate(fd, bit/s) -> null or a failure. */
inline Napi::Value setBaudRate(const Napi::CallbackInfo& info) {
  const int fd = info[0].ToNumber().Int32Value();
  KernelTermios mode{};
  if (ioctl(fd, kGetTermios, &mode) != 0) return failure(info.Env(), "ioctl(TCGETS2)", errno);
  mode.control = (mode.control & ~kSpeedBits) | kOtherSpeed;
  mode.inputSpeed = mode.outputSpeed = info[1].ToNumber().Uint32Value();
  if (ioctl(fd, kSetTermios, &mode) != 0) return failure(info.Env(), "ioctl(TCSETS2)", errno);
  return info.Env().Null();
}

/** Mapped files (program code, libraries, their data): [begin, end) each. */
inline std::vector<std::pair<uintptr_t, uintptr_t>> mappedFiles() {
  std::vector<std::pair<uintptr_t, uintptr_t>> out;
  if (FILE* maps = std::fopen("/proc/self/maps", "r")) {
    char line[4608];
    while (std::fgets(line, sizeof line, maps)) {
      unsigned long begin = 0, end = 0;
      char rights[8] = "", path[4096] = "";
      if (std::sscanf(line, "%lx-%lx %7s %*s %*s %*s %4095s", &begin, &end, rights, path) == 4 && path[0] == '/' && rights[0] == 'r')
        out.emplace_back(begin, end);
    }
    std::fclose(maps);
  }
  return out;
}

/**
 * lockFiles() -> bytes locked, or a failure (then nothing is locked). Only mapped files: V8 releases pages of its heap with a call
 * that the kernel rejects for locked pages, and then aborts; mlockall cannot be used with Node.js.
 */
inline Napi::Value lockFiles(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  double bytes = 0;
  const auto files = mappedFiles();
  for (const auto& [begin, end] : files) {
    if (mlock(reinterpret_cast<void*>(begin), end - begin) != 0) {
      const int code = errno;
      for (const auto& [first, last] : files) munlock(reinterpret_cast<void*>(first), last - first);
      return failure(env, "mlock", code);
    }
    bytes += double(end - begin);
  }
  return Napi::Number::New(env, bytes);
}

/** setRealTime(priority): SCHED_FIFO for the calling thread only; children start as normal processes. null or a failure. */
inline Napi::Value setRealTime(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  sched_param parameter{};
  parameter.sched_priority = info[0].ToNumber().Int32Value();
  const int policy = parameter.sched_priority > 0 ? SCHED_FIFO | SCHED_RESET_ON_FORK : SCHED_OTHER;
  if (sched_setscheduler(0, policy, &parameter) != 0) return failure(env, "sched_setscheduler", errno);
  return env.Null();
}

/** Every thread of this process. */
inline std::vector<int> threadIds() {
  std::vector<int> ids;
  if (DIR* tasks = opendir("/proc/self/task")) {
    while (const dirent* entry = readdir(tasks))
      if (const int id = std::atoi(entry->d_name)) ids.push_back(id);
    closedir(tasks);
  }
  return ids;
}

/** setAffinity([cpu, ...]) for every thread of this process. null or a failure. */
inline Napi::Value setAffinity(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  cpu_set_t set;
  CPU_ZERO(&set);
  if (!info[0].IsArray()) return failure(env, "sched_setaffinity", EINVAL);
  const Napi::Array cpus = info[0].As<Napi::Array>();
  for (uint32_t i = 0; i < cpus.Length(); i++) {
    const int cpu = Napi::Value(cpus.Get(i)).ToNumber().Int32Value();
    if (cpu < 0 || cpu >= CPU_SETSIZE) return failure(env, "sched_setaffinity", EINVAL);
    CPU_SET(cpu, &set);
  }
  for (const int id : threadIds())
    if (sched_setaffinity(id, sizeof set, &set) != 0 && errno != ESRCH) return failure(env, "sched_setaffinity", errno);
  return env.Null();
}

/** setNice(n) for every thread of this process. null or a failure. */
inline Napi::Value setNice(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int nice = info[0].ToNumber().Int32Value();
  for (const int id : threadIds())
    if (setpriority(PRIO_PROCESS, id_t(id), nice) != 0 && errno != ESRCH) return failure(env, "setpriority", errno);
  return env.Null();
}

}  // namespace softqd
