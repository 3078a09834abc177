// One absolute deadline of CLOCK_MONOTONIC at a time, delivered on the event loop of Node.js.
#pragma once
#include <napi.h>

#include <optional>

#include "deadline-timer.h"

namespace softqd {

/**
 * new NativeTimer(() => void): set(deadlineNs) calls once at or after that time of CLOCK_MONOTONIC and forgets the time set before;
 * clear() forgets it; stop() ends. The timer wakes the loop 60 us early and the rest is waited for in a loop. The loop is kept alive
 * only while a time is set.
 */
class TimerBinding : public Napi::ObjectWrap<TimerBinding> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeTimer",
                       {InstanceMethod<&TimerBinding::set>("set"), InstanceMethod<&TimerBinding::clear>("clear"),
                        InstanceMethod<&TimerBinding::stop>("stop")});
  }

  explicit TimerBinding(const Napi::CallbackInfo& info) : Napi::ObjectWrap<TimerBinding>(info) {
    if (!info[0].IsFunction()) throw Napi::Error::New(info.Env(), "a function expected");
    watch_.emplace(info.Env(), [this](uint64_t) { fire(); });
    watch_->keepLoopAlive(false);
    callback_ = Napi::Persistent(info[0].As<Napi::Function>());
    Ref();  // until stop()
  }

 private:
  static constexpr int64_t kLeadNs = 60000;

  /** `deadline` 0: none. */
  void arm(int64_t deadline) {
    deadline_ = deadline;
    watch_->set(deadline > kLeadNs ? deadline - kLeadNs : deadline > 0 ? 1 : 0, 0);
    watch_->keepLoopAlive(deadline > 0);
  }

  void fire() {
    if (deadline_ == 0) return;
    waitUntil(deadline_);
    deadline_ = 0;
    watch_->keepLoopAlive(false);
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

  Napi::Value stop(const Napi::CallbackInfo& info) {
    if (watch_) {
      watch_.reset();
      Unref();
    }
    return info.Env().Undefined();
  }

  std::optional<DeadlineTimer> watch_;
  int64_t deadline_ = 0;
  Napi::FunctionReference callback_;
};

}  // namespace softqd
