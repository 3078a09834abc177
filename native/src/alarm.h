// One absolute deadline of CLOCK_MONOTONIC at a time, delivered on Node's event loop.
#pragma once
#include <napi.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "ticker.h"

namespace softqd {

/**
 * new NativeAlarm(() => void): set(deadlineNs) calls once at or after that time of CLOCK_MONOTONIC and forgets the time set before;
 * clear() forgets it; stop() ends. The timer wakes the loop 60 us early and the rest is waited for in a loop. The loop is kept alive
 * only while a time is set.
 */
class AlarmBinding : public Napi::ObjectWrap<AlarmBinding> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeAlarm",
                       {InstanceMethod<&AlarmBinding::set>("set"), InstanceMethod<&AlarmBinding::clear>("clear"),
                        InstanceMethod<&AlarmBinding::stop>("stop")});
  }

  explicit AlarmBinding(const Napi::CallbackInfo& info) : Napi::ObjectWrap<AlarmBinding>(info) {
    if (!info[0].IsFunction()) throw Napi::Error::New(info.Env(), "a function expected");
    uv_loop_s* loop = nullptr;
    if (napi_get_uv_event_loop(info.Env(), &loop) != napi_ok) throw Napi::Error::New(info.Env(), "no event loop");
    const int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0) throw Napi::Error::New(info.Env(), std::string("timerfd_create: ") + std::strerror(errno));
    watch_ = new Watch{{}, this, fd};
    if (uv_poll_init(loop, &watch_->poll, fd) != 0) {
      close(fd);
      delete watch_;
      watch_ = nullptr;
      throw Napi::Error::New(info.Env(), "the timer did not start");
    }
    watch_->poll.data = watch_;
    callback_ = Napi::Persistent(info[0].As<Napi::Function>());
    Ref();  // until stop()
    uv_poll_start(&watch_->poll, UV_READABLE, [](uv_poll_t* poll, int, int) {
      Watch* watch = static_cast<Watch*>(poll->data);
      if (watch->owner) watch->owner->fire();
    });
    uv_unref(reinterpret_cast<uv_handle_t*>(&watch_->poll));
  }

  ~AlarmBinding() override { end(); }

 private:
  static constexpr int64_t kLeadNs = 60000;
  struct Watch {
    uv_poll_t poll;
    AlarmBinding* owner;
    int fd;
  };

  /** `deadline` 0: none. */
  void arm(int64_t deadline) {
    deadline_ = deadline;
    int64_t wake = deadline > kLeadNs ? deadline - kLeadNs : deadline > 0 ? 1 : 0;
    itimerspec when{};
    when.it_value = {time_t(wake / 1000000000), long(wake % 1000000000)};
    timerfd_settime(watch_->fd, TFD_TIMER_ABSTIME, &when, nullptr);
    uv_handle_t* handle = reinterpret_cast<uv_handle_t*>(&watch_->poll);
    if (deadline > 0) uv_ref(handle);
    else uv_unref(handle);
  }

  void fire() {
    uint64_t count = 0;
    if (read(watch_->fd, &count, sizeof count) != ssize_t(sizeof count) || deadline_ == 0) return;
    while (monotonicNs() < double(deadline_)) {
#if defined(__x86_64__)
      __builtin_ia32_pause();
#elif defined(__aarch64__)
      asm volatile("yield");
#endif
    }
    deadline_ = 0;
    uv_unref(reinterpret_cast<uv_handle_t*>(&watch_->poll));
    Napi::Env env = callback_.Env();
    Napi::HandleScope scope(env);
    callback_.MakeCallback(Value(), {});
  }

  Napi::Value set(const Napi::CallbackInfo& info) {
    const double deadline = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : -1;
    if (!(deadline >= 1 && deadline < 9e18)) throw Napi::Error::New(info.Env(), "a time in nanoseconds expected");
    if (watch_) arm(int64_t(deadline));
    return info.Env().Undefined();
  }

  Napi::Value clear(const Napi::CallbackInfo& info) {
    if (watch_) arm(0);
    return info.Env().Undefined();
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

  Watch* watch_ = nullptr;
  int64_t deadline_ = 0;
  Napi::FunctionReference callback_;
};

}  // namespace softqd
