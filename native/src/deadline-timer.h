// Times of CLOCK_MONOTONIC from the kernel (timerfd), delivered on the event loop of Node.js; used by the ticker and the timer.
#pragma once
#include <napi.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <string>
#include <utility>

namespace softqd {

inline double monotonicNs() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return double(t.tv_sec) * 1e9 + double(t.tv_nsec);
}

/** CLOCK_BOOTTIME minus CLOCK_MONOTONIC: the least of a few pairs, because this thread may be interrupted between the two. */
inline double suspendedNs() {
  double least = 1e300;
  for (int i = 0; i < 3; i++) {
    const double before = monotonicNs();
    timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    least = std::min(least, double(t.tv_sec) * 1e9 + double(t.tv_nsec) - before);
  }
  return least;
}

/** Busy-waits: more precise than any wake-up. */
inline void waitUntil(int64_t deadlineNs) {
  while (monotonicNs() < double(deadlineNs)) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }
}

/** A kernel timer watched by the event loop during the lifetime of this object, which may end in its callback. */
class DeadlineTimer {
 public:
  /** `onExpiry` receives the number of expirations since the last call, at least 1. Throws when no timer can be created. */
  DeadlineTimer(Napi::Env env, std::function<void(uint64_t)> onExpiry) {
    uv_loop_s* loop = nullptr;
    if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Napi::Error::New(env, "no event loop");
    const int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0) throw Napi::Error::New(env, std::string("timerfd_create: ") + std::strerror(errno));
    timer_ = new Timer{{}, std::move(onExpiry), fd};
    if (uv_poll_init(loop, &timer_->poll, fd) != 0) {
      close(fd);
      delete timer_;
      throw Napi::Error::New(env, "the timer did not start");
    }
    timer_->poll.data = timer_;
    uv_poll_start(&timer_->poll, UV_READABLE, [](uv_poll_t* poll, int, int) {
      Timer* timer = static_cast<Timer*>(poll->data);
      uint64_t count = 0;
      if (read(timer->fd, &count, sizeof count) != ssize_t(sizeof count)) return;
      try {
        timer->onExpiry(count);
      } catch (const Napi::Error& error) {
        // No C++ exception may cross libuv: a JavaScript exception becomes an uncaught exception, as in any timer of Node.js.
        Napi::HandleScope scope(error.Env());
        napi_fatal_exception(error.Env(), error.Value());
      }
    });
  }

  DeadlineTimer(const DeadlineTimer&) = delete;
  DeadlineTimer& operator=(const DeadlineTimer&) = delete;

  /** The loop drops its reference to the timer before it is freed, because the running function may belong to it. */
  ~DeadlineTimer() {
    uv_poll_stop(&timer_->poll);
    uv_close(handle(), [](uv_handle_t* handle) {
      Timer* timer = static_cast<Timer*>(handle->data);
      close(timer->fd);
      delete timer;
    });
  }

  /** Expires at `firstNs` (0: never) and every `intervalNs` from there (0: once). False when the kernel rejects it. */
  bool set(int64_t firstNs, int64_t intervalNs) {
    itimerspec when{};
    when.it_value = {time_t(firstNs / 1000000000), long(firstNs % 1000000000)};
    when.it_interval = {time_t(intervalNs / 1000000000), long(intervalNs % 1000000000)};
    return timerfd_settime(timer_->fd, TFD_TIMER_ABSTIME, &when, nullptr) == 0;
  }

  /** Whether this timer keeps the event loop, and thereby the process, alive. */
  void keepLoopAlive(bool keep) {
    if (keep) uv_ref(handle());
    else uv_unref(handle());
  }

 private:
  struct Timer {
    uv_poll_t poll;
    std::function<void(uint64_t)> onExpiry;
    int fd;
  };

  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&timer_->poll); }

  Timer* timer_;
};

}  // namespace softqd
