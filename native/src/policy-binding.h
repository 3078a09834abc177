// The JavaScript interface of the acting kernel: observation, latents and action are arrays shared with the kernel.
#pragma once
#include "engine-options.h"
#include "memory.h"

namespace softqd {

class PolicyBinding : public Napi::ObjectWrap<PolicyBinding> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativePolicy", {InstanceMethod<&PolicyBinding::tensors>("tensors"),
                                             InstanceMethod<&PolicyBinding::write>("write"),
                                             InstanceMethod<&PolicyBinding::act>("act")});
  }

  /** {observationSize, actionSize, latentSize, samplerLayers, criticLayers, criticCount, latentSkip, draws, isa} */
  explicit PolicyBinding(const Napi::CallbackInfo& info) : Napi::ObjectWrap<PolicyBinding>(info) {
    if (!info[0].IsObject()) fail(info.Env(), "options expected");
    const Napi::Object in = info[0].As<Napi::Object>();
    Options o{};
    readShape(in, o);
    kernels_ = kernelsOf(in);
    sizePolicy(p_, o, countOf(in, "draws", 1, 4096));
    try {
      arena_.build([&] { planPolicy(arena_, p_); });
    } catch (const std::bad_alloc&) {
      fail(info.Env(), "not enough memory for this network");
    }
    attach(info, "observation", o.observationSize, observation_, p_.observation);
    attach(info, "latents", size_t(p_.maxDraws) * o.latentSize, latents_, p_.latents);
    attach(info, "action", o.actionSize, action_, p_.action);
  }

 private:
  void attach(const Napi::CallbackInfo& info, const char* name, size_t count, Napi::Reference<Napi::Float32Array>& keep, float*& at) {
    Napi::Float32Array array = Napi::Float32Array::New(info.Env(), count);
    at = array.Data();
    keep = Napi::Persistent(array);
    info.This().As<Napi::Object>().Set(name, array);
  }
  std::vector<TensorView> list() const {
    std::vector<TensorView> out;
    networkTensors(out, "sampler", p_.sampler, p_.sampler_);
    for (int c = 0; c < p_.criticCount; c++) networkTensors(out, "critic" + std::to_string(c), p_.critic, p_.critics_[c]);
    return out;
  }
  Napi::Value tensors(const Napi::CallbackInfo& info) { return tensorList(info.Env(), list()); }
  Napi::Value write(const Napi::CallbackInfo& info) {
    const std::vector<TensorView> views = list();
    const TensorView& v = viewAt(info, views);
    v.write(floats(info, 1, v.size(), v.name.c_str()));
    return info.Env().Undefined();
  }
  /** act(draws): tanh(f(latents[0]; observation)) -> action; with draws > 1 the best of them by the smaller critic. */
  Napi::Value act(const Napi::CallbackInfo& info) {
    const int draws = info[0].As<Napi::Number>().Int32Value();
    if (draws < 1 || draws > p_.maxDraws) fail(info.Env(), "draws out of range");
    kernels_->act(p_, draws);
    return info.Env().Undefined();
  }

  PolicyCore p_;
  Arena arena_;
  const Kernels* kernels_ = nullptr;
  Napi::Reference<Napi::Float32Array> observation_, latents_, action_;
};

}  // namespace softqd
