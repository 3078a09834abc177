// Absolute deadlines from the kernel, one per period, delivered on the event loop of Node.js.
#pragma once
#include <napi.h>

#include <optional>

#include "deadline-timer.h"

namespace softqd {

/**
 * new NativeTicker(periodNs, (deadlineNs, nowNs, skipped) => void): ticks at start + k period until stop(); shift(ns) moves what follows.
 * The timer wakes the loop slightly early and busy-waits for the rest, so that the latency from the kernel to JavaScript does not delay
 * the tick.
 */
class TickerBinding : public Napi::ObjectWrap<TickerBinding> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeTicker",
                       {InstanceMethod<&TickerBinding::stop>("stop"), InstanceMethod<&TickerBinding::shift>("shift")});
  }

  explicit TickerBinding(const Napi::CallbackInfo& info) : Napi::ObjectWrap<TickerBinding>(info) {
    const double period = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : 0;
    if (!(period >= 1e4 && period <= 1e13)) throw Napi::Error::New(info.Env(), "a period is 10 microseconds to 10000 seconds");
    if (!info[1].IsFunction()) throw Napi::Error::New(info.Env(), "a function expected");
    period_ = int64_t(period);
    watch_.emplace(info.Env(), [this](uint64_t count) { fire(count); });
    deadline_ = int64_t(monotonicNs());  // advanced by every expiration
    lead_ = period_ / 20 < 100000 ? period_ / 20 : 100000;  // at most 100 us, 5 % of a core
    if (!appoint()) throw Napi::Error::New(info.Env(), "the timer did not start");
    callback_ = Napi::Persistent(info[1].As<Napi::Function>());
    Ref();  // alive while it ticks
  }

 private:
  /** One period after the newest deadline, and every period from there. */
  bool appoint() { return watch_->set(deadline_ + period_ - lead_, period_); }

  void fire(uint64_t count) {
    deadline_ += int64_t(count) * period_;
    missed_ += count - 1;
    // A deadline during the previous tick is missed, not late: no burst.
    if (double(deadline_) <= end_) {
      missed_++;
      return;
    }
    waitUntil(deadline_);
    const double skipped = double(missed_);
    missed_ = 0;
    Napi::Env env = callback_.Env();
    Napi::HandleScope scope(env);
    callback_.MakeCallback(Value(), {Napi::Number::New(env, double(deadline_)), Napi::Number::New(env, monotonicNs()),
                                     Napi::Number::New(env, skipped)});
    end_ = monotonicNs();
  }

  Napi::Value stop(const Napi::CallbackInfo& info) {
    if (watch_) {
      watch_.reset();
      Unref();
    }
    return info.Env().Undefined();
  }

  Napi::Value shift(const Napi::CallbackInfo& info) {
    const double by = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : double(period_);
    if (!(by > -double(period_) && by < double(period_))) throw Napi::Error::New(info.Env(), "less than a period expected");
    if (watch_) {
      // Missed deadlines expire again at once and are counted as before.
      deadline_ += int64_t(by);
      appoint();
    }
    return info.Env().Undefined();
  }

  std::optional<DeadlineTimer> watch_;
  int64_t period_ = 0, lead_ = 0, deadline_ = 0;
  double end_ = 0;  // end of the last tick
  uint64_t missed_ = 0;
  Napi::FunctionReference callback_;
};

}  // namespace softqd
