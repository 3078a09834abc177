// The JavaScript interface of the engine. Arguments are checked here, not in the kernels.
#pragma once
#include <memory>

#include "engine-options.h"
#include "memory.h"
#include "thread-pool.h"

namespace softqd {

class EngineBinding : public Napi::ObjectWrap<EngineBinding> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeEngine", {
        InstanceMethod<&EngineBinding::tensors>("tensors"), InstanceMethod<&EngineBinding::read>("read"),
        InstanceMethod<&EngineBinding::write>("write"), InstanceMethod<&EngineBinding::refresh>("refresh"),
        InstanceMethod<&EngineBinding::updateCritic>("updateCritic"), InstanceMethod<&EngineBinding::updateSampler>("updateSampler"),
        InstanceMethod<&EngineBinding::gather>("gather"), InstanceMethod<&EngineBinding::noise>("noise"),
        InstanceMethod<&EngineBinding::dispose>("dispose"),
        InstanceAccessor<&EngineBinding::getLogAlpha, &EngineBinding::setLogAlpha>("logAlpha"),
        InstanceAccessor<&EngineBinding::getUpdates, &EngineBinding::setUpdates>("updates"),
        InstanceAccessor<&EngineBinding::getSamplerUpdates, &EngineBinding::setSamplerUpdates>("samplerUpdates"),
        InstanceAccessor<&EngineBinding::getBytes>("bytes"), InstanceAccessor<&EngineBinding::getIsa>("isa")});
  }

  explicit EngineBinding(const Napi::CallbackInfo& info) : Napi::ObjectWrap<EngineBinding>(info) {
    if (!info[0].IsObject()) fail(info.Env(), "options expected");
    const Napi::Object in = info[0].As<Napi::Object>();
    core_.o = readOptions(in);
    kernels_ = kernelsOf(in);
    sizeCore(core_);
    works_.resize(size_t(core_.o.threads));
    try {
      arena_.build([&] { planCore(arena_, core_, works_); });
    } catch (const std::bad_alloc&) {
      fail(info.Env(), "not enough memory for this network");
    }
    core_.work = works_.data();
    if (core_.o.threads > 1) threads_ = std::make_unique<MultiThread>(core_.o.threads);
    else threads_ = std::make_unique<SingleThread>();
    core_.pool = threads_.get();
  }

 private:
  void alive(Napi::Env env) const {
    if (!threads_) fail(env, "the engine was disposed");
  }
  Napi::Value tensors(const Napi::CallbackInfo& info) {
    alive(info.Env());
    return tensorList(info.Env(), stateTensors(core_));
  }
  Napi::Value read(const Napi::CallbackInfo& info) {
    alive(info.Env());
    const std::vector<TensorView> views = stateTensors(core_);
    const TensorView& v = viewAt(info, views);
    v.read(floats(info, 1, v.size(), v.name.c_str()));
    return info.Env().Undefined();
  }
  Napi::Value write(const Napi::CallbackInfo& info) {
    alive(info.Env());
    const std::vector<TensorView> views = stateTensors(core_);
    const TensorView& v = viewAt(info, views);
    v.write(floats(info, 1, v.size(), v.name.c_str()));
    return info.Env().Undefined();
  }
  Napi::Value refresh(const Napi::CallbackInfo& info) {
    alive(info.Env());
    kernels_->refresh(core_);
    return info.Env().Undefined();
  }
  /** Arrays that the options do not use may be empty. */
  NoiseView valueNoise(const Napi::CallbackInfo& info, size_t at) const {
    const Options& o = core_.o;
    const size_t n = size_t(o.batchSize) * size_t(o.valueSamples), d = size_t(o.actionSize);
    const NoiseUse use = noiseUse(o);
    return {floats(info, at, use.latents ? n * size_t(o.latentSize) : 0, "valueLatents"), floats(info, at + 1, use.jitter ? n * d : 0, "valueJitter"),
            floats(info, at + 2, use.uniform ? n * d : 0, "valueUniform"), floats(info, at + 3, use.choice ? n : 0, "valueChoice"),
            nullptr, nullptr};
  }
  void particleNoise(const Napi::CallbackInfo& info, size_t at, NoiseView& view) const {
    const Options& o = core_.o;
    const size_t b = size_t(o.batchSize), d = size_t(o.latentSize);
    view.fixedLatents = floats(info, at, b * size_t(o.fixedParticles) * d, "fixedLatents");
    view.updatedLatents = floats(info, at + 1, o.sharedParticles ? 0 : b * size_t(o.updatedParticles) * d, "updatedLatents");
  }
  static Settings settingsAt(const Napi::CallbackInfo& info, size_t at) {
    const double* s = doubles(info, at, 4, "settings");
    return {s[0], s[1], s[2], s[3]};
  }
  template <class Result>
  static Napi::Value finish(const Napi::CallbackInfo& info, size_t at, const Result& result) {
    std::memcpy(doubles(info, at, sizeof result / 8, "info"), &result, sizeof result);
    return Napi::Boolean::New(info.Env(), result.finite == 1);
  }
  /** updateCritic(observations, actions, rewards, nextObservations, terminated, discounts, four noises, settings[4], info[7]) -> finite */
  Napi::Value updateCritic(const Napi::CallbackInfo& info) {
    alive(info.Env());
    const Options& o = core_.o;
    const size_t b = size_t(o.batchSize);
    const BatchView batch{floats(info, 0, b * size_t(o.observationSize), "observations"),
                          floats(info, 1, b * size_t(o.actionSize), "actions"), floats(info, 2, b, "rewards"),
                          floats(info, 3, b * size_t(o.observationSize), "nextObservations"), floats(info, 4, b, "terminated"), doubles(info, 5, b, "discounts")};
    CriticInfo result{};
    kernels_->updateCritic(core_, batch, valueNoise(info, 6), settingsAt(info, 10), result);
    return finish(info, 11, result);
  }
  /** updateSampler(observations, fixedLatents, updatedLatents, settings[4], info[6]) -> finite */
  Napi::Value updateSampler(const Napi::CallbackInfo& info) {
    alive(info.Env());
    BatchView batch{};
    batch.observations = floats(info, 0, size_t(core_.o.batchSize) * size_t(core_.o.observationSize), "observations");
    NoiseView noise{};
    particleNoise(info, 1, noise);
    SamplerInfo result{};
    kernels_->updateSampler(core_, batch, noise, settingsAt(info, 3), result);
    return finish(info, 4, result);
  }
  /** An array of any length, owned by the caller. */
  template <class Array>
  static Array borrowed(const Napi::CallbackInfo& info, size_t at, napi_typedarray_type type, const char* what) {
    Napi::Value v = info[at];
    if (!v.IsTypedArray() || v.As<Napi::TypedArray>().TypedArrayType() != type) fail(info.Env(), std::string(what) + " has another type");
    return v.As<Array>();
  }
  /**
   * gather(observations, actions, rows, observationRows, nextObservationRows (int32), mean, scale, then the batch's observations, actions,
   * nextObservations, first, count): rows of a replay memory, normalized, into the rows [first, first + count) of the batch.
   */
  Napi::Value gather(const Napi::CallbackInfo& info) {
    alive(info.Env());
    const Options& o = core_.o;
    const size_t b = size_t(o.batchSize), width = size_t(o.observationSize), d = size_t(o.actionSize);
    const auto observations = borrowed<Napi::Float32Array>(info, 0, napi_float32_array, "observations");
    const auto actions = borrowed<Napi::Float32Array>(info, 1, napi_float32_array, "actions");
    const int32_t* rows[3];
    for (size_t i = 0; i < 3; i++) {
      const auto list = borrowed<Napi::Int32Array>(info, 2 + i, napi_int32_array, "rows");
      if (list.ElementLength() != b) fail(info.Env(), "rows must be as many as the batch");
      rows[i] = list.Data();
    }
    const float *mean = floats(info, 5, width, "mean"), *scale = floats(info, 6, width, "scale");
    float *toObservations = floats(info, 7, b * width, "observations"), *toActions = floats(info, 8, b * d, "actions"),
          *toNext = floats(info, 9, b * width, "nextObservations");
    const int64_t first = info[10].ToNumber().Int64Value(), count = info[11].ToNumber().Int64Value();
    if (first < 0 || count < 0 || first > int64_t(b) || count > int64_t(b) - first) fail(info.Env(), "the rows lie outside the batch");
    const size_t begin = size_t(first), end = size_t(first + count);
    const size_t held = actions.ElementLength() / d, stored = observations.ElementLength() / width;
    for (size_t i = begin; i < end; i++)
      if (rows[0][i] < 0 || size_t(rows[0][i]) >= held || rows[1][i] < 0 || size_t(rows[1][i]) >= stored || rows[2][i] < 0 || size_t(rows[2][i]) >= stored)
        fail(info.Env(), "a row lies outside the replay memory");
    const auto normalize = [&](const float* from, float* to) {
      for (size_t k = 0; k < width; k++) {
        if (mean[k] == 0 && scale[k] == 1) {
          to[k] = from[k];
          continue;
        }
        const double z = (double(from[k]) - mean[k]) / scale[k];
        to[k] = float(z > 10 ? 10 : z < -10 ? -10 : z);
      }
    };
    for (size_t i = begin; i < end; i++) {
      normalize(observations.Data() + size_t(rows[1][i]) * width, toObservations + i * width);
      normalize(observations.Data() + size_t(rows[2][i]) * width, toNext + i * width);
      std::memcpy(toActions + i * d, actions.Data() + size_t(rows[0][i]) * d, d * 4);
    }
    return info.Env().Undefined();
  }
  /** noise(six arrays, word, word, critics, sampler): the last two say which update reads it. */
  Napi::Value noise(const Napi::CallbackInfo& info) {
    alive(info.Env());
    NoiseView view{};
    if (info[8].ToBoolean().Value()) view = valueNoise(info, 0);
    if (info[9].ToBoolean().Value()) particleNoise(info, 4, view);
    kernels_->noise(core_.o, view, info[6].ToNumber().Uint32Value(), info[7].ToNumber().Uint32Value());
    return info.Env().Undefined();
  }
  Napi::Value dispose(const Napi::CallbackInfo& info) {
    threads_.reset();
    return info.Env().Undefined();
  }
  Napi::Value getLogAlpha(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), core_.logAlpha); }
  void setLogAlpha(const Napi::CallbackInfo&, const Napi::Value& v) { core_.logAlpha = v.ToNumber().FloatValue(); }
  Napi::Value getUpdates(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), double(core_.updates)); }
  void setUpdates(const Napi::CallbackInfo&, const Napi::Value& v) { core_.updates = v.ToNumber().Int64Value(); }
  Napi::Value getSamplerUpdates(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), double(core_.samplerUpdates)); }
  void setSamplerUpdates(const Napi::CallbackInfo&, const Napi::Value& v) { core_.samplerUpdates = v.ToNumber().Int64Value(); }
  Napi::Value getBytes(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), double(arena_.bytes())); }
  Napi::Value getIsa(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), kernels_->name); }

  Core core_;
  Arena arena_;
  std::vector<Workspace> works_;
  std::unique_ptr<ThreadPool> threads_;
  const Kernels* kernels_ = nullptr;
};

}  // namespace softqd
