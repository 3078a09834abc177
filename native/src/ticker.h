// Absolute deadlines from the kernel (timerfd on CLOCK_MONOTONIC), delivered on Node's event loop.
#pragma once
#include <napi.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace softqd {

inline double monotonicNs() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return double(t.tv_sec) * 1e9 + double(t.tv_nsec);
}

/**
 * new NativeTicker(periodNs, (deadlineNs, nowNs, skipped) => void): ticks at start + k period until stop(); shift(ns) moves what follows. The timer wakes the loop a
 * little early and the rest is waited for in a loop: the way from the kernel to JavaScript no longer counts as lateness.
 */
class TickerBinding : public Napi::ObjectWrap<TickerBinding> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeTicker", {InstanceMethod<&TickerBinding::stop>("stop"), InstanceMethod<&TickerBinding::shift>("shift")});
  }

  explicit TickerBinding(const Napi::CallbackInfo& info) : Napi::ObjectWrap<TickerBinding>(info) {
    const double period = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : 0;
    if (!(period >= 1e4 && period <= 1e13)) throw Napi::Error::New(info.Env(), "a period is 10 microseconds to 10000 seconds");
    if (!info[1].IsFunction()) throw Napi::Error::New(info.Env(), "a function expected");
    period_ = int64_t(period);
    uv_loop_s* loop = nullptr;
    if (napi_get_uv_event_loop(info.Env(), &loop) != napi_ok) throw Napi::Error::New(info.Env(), "no event loop");
    const int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0) throw Napi::Error::New(info.Env(), std::string("timerfd_create: ") + std::strerror(errno));
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    deadline_ = int64_t(now.tv_sec) * 1000000000 + now.tv_nsec;  // advanced by every expiration
    lead_ = period_ / 20 < 100000 ? period_ / 20 : 100000;  // at most 100 us, 5 % of a core
    watch_ = new Watch{{}, this, fd};
    if (!appoint() || uv_poll_init(loop, &watch_->poll, fd) != 0) {
      close(fd);
      delete watch_;
      watch_ = nullptr;
      throw Napi::Error::New(info.Env(), "the timer did not start");
    }
    watch_->poll.data = watch_;
    callback_ = Napi::Persistent(info[1].As<Napi::Function>());
    Ref();  // alive while it ticks
    uv_poll_start(&watch_->poll, UV_READABLE, [](uv_poll_t* poll, int, int) {
      Watch* watch = static_cast<Watch*>(poll->data);
      if (watch->owner) watch->owner->fire();
    });
  }

  ~TickerBinding() override { end(); }

 private:
  struct Watch {
    uv_poll_t poll;
    TickerBinding* owner;
    int fd;
  };

  /** One period after the newest deadline, and every period from there. */
  bool appoint() {
    const int64_t first = deadline_ + period_ - lead_;
    itimerspec when{};
    when.it_value = {time_t(first / 1000000000), long(first % 1000000000)};
    when.it_interval = {time_t(period_ / 1000000000), long(period_ % 1000000000)};
    return timerfd_settime(watch_->fd, TFD_TIMER_ABSTIME, &when, nullptr) == 0;
  }

  uint64_t expirations() {
    uint64_t count = 0;
    return read(watch_->fd, &count, sizeof count) == ssize_t(sizeof count) ? count : 0;
  }

  void fire() {
    const uint64_t count = expirations();
    if (count == 0) return;
    deadline_ += int64_t(count) * period_;
    missed_ += count - 1;
    // A deadline that passed inside the tick before is missed, not late: no burst.
    if (double(deadline_) <= end_) {
      missed_++;
      return;
    }
    while (monotonicNs() < double(deadline_)) pause();
    const double skipped = double(missed_);
    missed_ = 0;
    Napi::Env env = callback_.Env();
    Napi::HandleScope scope(env);
    callback_.MakeCallback(Value(), {Napi::Number::New(env, double(deadline_)), Napi::Number::New(env, monotonicNs()),
                                     Napi::Number::New(env, skipped)});
    end_ = monotonicNs();
  }

  static void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  void end() {
    if (!watch_) return;
    watch_->owner = nullptr;
    uv_poll_stop(&watch_->poll);
    uv_close(reinterpret_cast<uv_handle_t*>(&watch_->poll), [](uv_handle_t* handle) {
      Watch* watch = static_cast<Watch*>(handle->data);
      close(watch->fd);
      delete watch;
    });
    watch_ = nullptr;
  }

  Napi::Value stop(const Napi::CallbackInfo& info) {
    if (watch_) {
      end();
      Unref();
    }
    return info.Env().Undefined();
  }

  Napi::Value shift(const Napi::CallbackInfo& info) {
    const double by = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : double(period_);
    if (!(by > -double(period_) && by < double(period_))) throw Napi::Error::New(info.Env(), "less than a period expected");
    if (watch_) {
      // Deadlines that passed unseen expire again at once, and count as before.
      deadline_ += int64_t(by);
      appoint();
    }
    return info.Env().Undefined();
  }

  Watch* watch_ = nullptr;
  int64_t period_ = 0, lead_ = 0, deadline_ = 0;
  double end_ = 0;  // when the last tick was over
  uint64_t missed_ = 0;
  Napi::FunctionReference callback_;
};

}  // namespace softqd
