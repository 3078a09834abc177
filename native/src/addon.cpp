// softqd_native.node: learning kernels, acting kernel, ticker, pseudo-terminals, scheduling.
#include "timer.h"
#include "engine-binding.h"
#include "policy-binding.h"
#include "system.h"
#include "ticker.h"

namespace softqd {

static Napi::Value isas(const Napi::CallbackInfo& info) {
  Napi::Array out = Napi::Array::New(info.Env());
  uint32_t n = 0;
  for (const char* name : {"avx512", "avx2", "neon", "portable"})
    if (chooseKernels(name)) out.Set(n++, name);
  return out;
}

static const Kernels* kernelsNamed(const Napi::CallbackInfo& info) {
  const std::string name = info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : "";
  const Kernels* k = chooseKernels(name.c_str());
  if (!k) fail(info.Env(), "this build or processor has no kernels '" + name + "'");
  return k;
}

/** selfTest(isa) -> null or the name of the failed kernel. */
static Napi::Value selfTest(const Napi::CallbackInfo& info) {
  const Kernels* k = kernelsNamed(info);
  Arena arena;
  float* memory = nullptr;
  arena.build([&] { memory = arena.take(4 * 256 * 400); });
  const char* wrong = k->selfTest(memory);
  return wrong ? Napi::Value(Napi::String::New(info.Env(), wrong)) : info.Env().Null();
}

/** gemmPeak(isa, rows, n, k, repeats) -> GFLOP/s of one core, best of repeats. */
static Napi::Value gemmPeak(const Napi::CallbackInfo& info) {
  const Kernels* k = kernelsNamed(info);
  int v[4];
  for (int i = 0; i < 4; i++) {
    v[i] = info[size_t(i + 1)].ToNumber().Int32Value();
    if (v[i] < 1 || v[i] > 65536) fail(info.Env(), "gemmPeak takes sizes from 1 to 65536");
  }
  Arena arena;
  float* memory = nullptr;
  arena.build([&] { memory = arena.take(size_t(v[0]) * (leading(v[2]) + leading(v[1])) + size_t(v[2]) * leading(v[1])); });
  return Napi::Number::New(info.Env(), k->gemmPeak(memory, v[0], v[1], v[2], v[3]));
}

/** CLOCK_MONOTONIC in nanoseconds, the clock of NativeTicker. */
static Napi::Value nowNs(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), monotonicNs()); }

/** CLOCK_BOOTTIME minus CLOCK_MONOTONIC in nanoseconds: the time that this machine was suspended since it started. */
static Napi::Value suspended(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), suspendedNs()); }

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("abi", 5);
  exports.Set("isas", Napi::Function::New(env, isas, "isas"));
  exports.Set("selfTest", Napi::Function::New(env, selfTest, "selfTest"));
  exports.Set("gemmPeak", Napi::Function::New(env, gemmPeak, "gemmPeak"));
  exports.Set("NativeEngine", EngineBinding::define(env));
  exports.Set("NativePolicy", PolicyBinding::define(env));
  exports.Set("NativeTicker", TickerBinding::define(env));
  exports.Set("NativeTimer", TimerBinding::define(env));
  exports.Set("monotonicNs", Napi::Function::New(env, nowNs, "monotonicNs"));
  exports.Set("suspendedNs", Napi::Function::New(env, suspended, "suspendedNs"));
  exports.Set("openPty", Napi::Function::New(env, openPty, "openPty"));
  exports.Set("baudRate", Napi::Function::New(env, baudRate, "baudRate"));
  exports.Set("setBaudRate", Napi::Function::New(env, setBaudRate, "setBaudRate"));
  exports.Set("lockFiles", Napi::Function::New(env, lockFiles, "lockFiles"));
  exports.Set("setRealTime", Napi::Function::New(env, setRealTime, "setRealTime"));
  exports.Set("setAffinity", Napi::Function::New(env, setAffinity, "setAffinity"));
  exports.Set("setNice", Napi::Function::New(env, setNice, "setNice"));
  return exports;
}

NODE_API_MODULE(softqd_native, init)

}  // namespace softqd
