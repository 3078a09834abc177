// The engine as JavaScript sees it. Arguments are checked here; kernels trust what they get.
#pragma once
#include <napi.h>

#include <memory>

#include "isa.h"
#include "memory.h"
#include "thread-pool.h"
#include "tensors.h"

namespace softqd {

[[noreturn]] inline void fail(Napi::Env env, const std::string& what) { throw Napi::Error::New(env, what); }

inline double numberOf(const Napi::Object& o, const char* key) {
  Napi::Value v = o.Get(key);
  if (!v.IsNumber()) fail(o.Env(), std::string("option ") + key + " must be a number");
  return v.As<Napi::Number>().DoubleValue();
}
inline int countOf(const Napi::Object& o, const char* key, int least, int greatest) {
  const double v = numberOf(o, key);
  if (!(v >= least && v <= greatest) || v != int(v))
    fail(o.Env(), std::string("option ") + key + " must be an integer from " + std::to_string(least) + " to " +
                      std::to_string(greatest));
  return int(v);
}
inline bool flagOf(const Napi::Object& o, const char* key) {
  Napi::Value v = o.Get(key);
  if (!v.IsBoolean()) fail(o.Env(), std::string("option ") + key + " must be true or false");
  return v.As<Napi::Boolean>().Value();
}
inline std::string textOf(const Napi::Object& o, const char* key) {
  Napi::Value v = o.Get(key);
  if (!v.IsString()) fail(o.Env(), std::string("option ") + key + " must be a string");
  return v.As<Napi::String>().Utf8Value();
}
template <class T>
T choiceOf(const Napi::Object& o, const char* key, std::initializer_list<std::pair<const char*, T>> choices) {
  const std::string v = textOf(o, key);
  for (const auto& c : choices)
    if (v == c.first) return c.second;
  fail(o.Env(), std::string("option ") + key + " has no value '" + v + "'");
}

inline void readShape(const Napi::Object& in, Options& o) {
  o.observationSize = countOf(in, "observationSize", 1, 65536);
  o.actionSize = countOf(in, "actionSize", 1, 256);
  Napi::Value units = in.Get("hiddenUnits");
  if (!units.IsArray()) fail(in.Env(), "option hiddenUnits must be an array");
  const Napi::Array list = units.As<Napi::Array>();
  if (list.Length() < 1 || list.Length() > unsigned(kMaxHidden)) fail(in.Env(), "option hiddenUnits takes 1 to 4 layers");
  o.hiddenCount = int(list.Length());
  for (int i = 0; i < o.hiddenCount; i++) {
    Napi::Value v = list.Get(uint32_t(i));
    const double n = v.IsNumber() ? v.As<Napi::Number>().DoubleValue() : 0;
    if (!(n >= 1 && n <= 8192) || n != int(n)) fail(in.Env(), "option hiddenUnits takes integers from 1 to 8192");
    o.hiddenUnits[i] = int(n);
  }
  o.criticCount = countOf(in, "criticCount", 1, 2);
  o.criticLayerNorm = flagOf(in, "criticLayerNorm");
}

inline Options readOptions(const Napi::Object& in) {
  Options o{};
  readShape(in, o);
  o.batchSize = countOf(in, "batchSize", 1, 1 << 20);
  o.fixedParticles = countOf(in, "fixedParticles", 1, 4096);
  o.updatedParticles = countOf(in, "updatedParticles", 1, 4096);
  o.valueSamples = countOf(in, "valueSamples", 1, 4096);
  o.proposal = choiceOf<Proposal>(in, "proposal", {{"uniform", Proposal::uniform}, {"sampler", Proposal::sampler}, {"mixture", Proposal::mixture}});
  o.proposalUniformFraction = float(numberOf(in, "proposalUniformFraction"));
  o.proposalSigma = float(numberOf(in, "proposalSigma"));
  o.importanceExponent = float(numberOf(in, "importanceExponent"));
  o.svgdSpace = choiceOf<Space>(in, "svgdSpace", {{"pre-tanh", Space::u}, {"action", Space::action}, {"action-released", Space::actionReleased}});
  o.distances = choiceOf<Distances>(in, "kernelDistances", {{"fixed", Distances::fixed}, {"cross", Distances::cross}});
  o.factor = choiceOf<Factor>(in, "kernelFactor", {{"two-log-plus-one", Factor::twoLogPlusOne}, {"log", Factor::log}, {"log-plus-one", Factor::logPlusOne}});
  o.repulsion = flagOf(in, "repulsion");
  o.zeroLatent = choiceOf<bool>(in, "latent", {{"normal", false}, {"zero", true}});
  o.actionValue = choiceOf<bool>(in, "criticTarget", {{"soft-value", false}, {"action-value", true}});
  o.targetTau = float(numberOf(in, "targetTau"));
  o.targetCopyUpdates = countOf(in, "targetCopyUpdates", 0, 1 << 30);
  o.automatic = choiceOf<bool>(in, "temperature", {{"fixed", false}, {"automatic", true}});
  o.alphaLearningRate = numberOf(in, "alphaLearningRate");
  o.targetEntropy = numberOf(in, "targetEntropy");
  o.criticLearningRate = numberOf(in, "criticLearningRate");
  o.samplerLearningRate = numberOf(in, "samplerLearningRate");
  o.adamBeta1 = numberOf(in, "adamBeta1");
  o.adamBeta2 = numberOf(in, "adamBeta2");
  o.adamEpsilon = numberOf(in, "adamEpsilon");
  o.discount = numberOf(in, "discount");
  o.rewardScale = numberOf(in, "rewardScale");
  o.threads = countOf(in, "threads", 1, 64);
  if (!(o.adamEpsilon >= 1e-12)) fail(in.Env(), "option adamEpsilon must be at least 1e-12");
  if (!(o.proposalSigma > 0)) fail(in.Env(), "option proposalSigma must be above 0");
  if (!(o.importanceExponent >= 0)) fail(in.Env(), "option importanceExponent must be at least 0");
  if (!(o.proposalUniformFraction >= 0 && o.proposalUniformFraction <= 1)) fail(in.Env(), "option proposalUniformFraction must be within [0, 1]");
  if (o.threads > o.batchSize) o.threads = o.batchSize;
  return o;
}

/** Floats of a Float32Array of exactly `count` elements. */
inline float* floats(const Napi::CallbackInfo& info, size_t at, size_t count, const char* what) {
  Napi::Value v = info[at];
  if (v.IsTypedArray() && v.As<Napi::TypedArray>().TypedArrayType() == napi_float32_array) {
    Napi::Float32Array a = v.As<Napi::Float32Array>();
    if (a.ElementLength() == count) return a.Data();
    fail(info.Env(), std::string(what) + " has " + std::to_string(a.ElementLength()) + " elements, expected " + std::to_string(count));
  }
  fail(info.Env(), std::string(what) + " must be a Float32Array");
}
inline double* doubles(const Napi::CallbackInfo& info, size_t at, size_t count, const char* what) {
  Napi::Value v = info[at];
  if (v.IsTypedArray() && v.As<Napi::TypedArray>().TypedArrayType() == napi_float64_array) {
    Napi::Float64Array a = v.As<Napi::Float64Array>();
    if (a.ElementLength() == count) return a.Data();
  }
  fail(info.Env(), std::string(what) + " must be a Float64Array of " + std::to_string(count));
}

inline const Kernels* kernelsOf(const Napi::Object& in) {
  const std::string isa = textOf(in, "isa");
  const Kernels* k = chooseKernels(isa.c_str());
  if (!k) fail(in.Env(), "this build or processor has no kernels '" + isa + "'");
  return k;
}

inline Napi::Array tensorList(Napi::Env env, const std::vector<TensorView>& views) {
  Napi::Array out = Napi::Array::New(env, views.size());
  for (size_t i = 0; i < views.size(); i++) {
    Napi::Object t = Napi::Object::New(env);
    t.Set("name", views[i].name);
    Napi::Array shape = Napi::Array::New(env);
    shape.Set(uint32_t(0), double(views[i].rows));
    if (views[i].columns) shape.Set(uint32_t(1), double(views[i].columns));
    t.Set("shape", shape);
    out.Set(uint32_t(i), t);
  }
  return out;
}

inline const TensorView& viewAt(const Napi::CallbackInfo& info, const std::vector<TensorView>& views) {
  const double i = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : -1;
  if (!(i >= 0 && i < double(views.size()))) fail(info.Env(), "no such tensor");
  return views[size_t(i)];
}

class EngineBinding : public Napi::ObjectWrap<EngineBinding> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeEngine", {
        InstanceMethod<&EngineBinding::tensors>("tensors"), InstanceMethod<&EngineBinding::read>("read"),
        InstanceMethod<&EngineBinding::write>("write"), InstanceMethod<&EngineBinding::refresh>("refresh"),
        InstanceMethod<&EngineBinding::update>("update"), InstanceMethod<&EngineBinding::gather>("gather"), InstanceMethod<&EngineBinding::noise>("noise"),
        InstanceMethod<&EngineBinding::dispose>("dispose"),
        InstanceAccessor<&EngineBinding::getLogAlpha, &EngineBinding::setLogAlpha>("logAlpha"),
        InstanceAccessor<&EngineBinding::getUpdates, &EngineBinding::setUpdates>("updates"),
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
    if (core_.o.threads > 1) team_ = std::make_unique<MultiThread>(core_.o.threads);
    else team_ = std::make_unique<SingleThread>();
    core_.team = team_.get();
  }

 private:
  void alive(Napi::Env env) const {
    if (!team_) fail(env, "the engine was disposed");
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
  NoiseView noiseView(const Napi::CallbackInfo& info, size_t at) const {
    const Options& o = core_.o;
    const size_t b = size_t(o.batchSize), d = size_t(o.actionSize), n = b * size_t(o.valueSamples);
    const NoiseUse use = noiseUse(o);
    return {floats(info, at, use.latents ? n * d : 0, "valueLatents"), floats(info, at + 1, use.jitter ? n * d : 0, "valueJitter"),
            floats(info, at + 2, use.uniform ? n * d : 0, "valueUniform"), floats(info, at + 3, use.choice ? n : 0, "valueChoice"),
            floats(info, at + 4, b * size_t(o.fixedParticles) * d, "fixedLatents"),
            floats(info, at + 5, b * size_t(o.updatedParticles) * d, "updatedLatents")};
  }
  /** update(observations, actions, rewards, nextObservations, terminated, six noises, settings[3], info[10]) -> finite */
  Napi::Value update(const Napi::CallbackInfo& info) {
    alive(info.Env());
    const Options& o = core_.o;
    const size_t b = size_t(o.batchSize);
    const BatchView batch{floats(info, 0, b * size_t(o.observationSize), "observations"),
                          floats(info, 1, b * size_t(o.actionSize), "actions"), floats(info, 2, b, "rewards"),
                          floats(info, 3, b * size_t(o.observationSize), "nextObservations"), floats(info, 4, b, "terminated")};
    const NoiseView noise = noiseView(info, 5);
    const double* s = doubles(info, 11, 3, "settings");
    double* out = doubles(info, 12, 10, "info");
    const Settings settings{s[0], s[1], s[2]};
    Info result{};
    const bool finite = kernels_->update(core_, batch, noise, settings, result);
    std::memcpy(out, &result, sizeof result);
    return Napi::Boolean::New(info.Env(), finite);
  }
  /** An array of any length that the caller only lends. */
  template <class Array>
  static Array lent(const Napi::CallbackInfo& info, size_t at, napi_typedarray_type type, const char* what) {
    Napi::Value v = info[at];
    if (!v.IsTypedArray() || v.As<Napi::TypedArray>().TypedArrayType() != type) fail(info.Env(), std::string(what) + " has another type");
    return v.As<Array>();
  }
  /**
   * gather(observations, actions, rewards, terminated (bytes), rows, observationRows, nextObservationRows (int32), mean, scale, then the
   * batch's observations, actions, rewards, nextObservations, terminated): rows of a replay memory, normalised, into the batch.
   */
  Napi::Value gather(const Napi::CallbackInfo& info) {
    alive(info.Env());
    const Options& o = core_.o;
    const size_t b = size_t(o.batchSize), width = size_t(o.observationSize), d = size_t(o.actionSize);
    const auto observations = lent<Napi::Float32Array>(info, 0, napi_float32_array, "observations");
    const auto actions = lent<Napi::Float32Array>(info, 1, napi_float32_array, "actions");
    const auto rewards = lent<Napi::Float32Array>(info, 2, napi_float32_array, "rewards");
    const auto terminated = lent<Napi::Uint8Array>(info, 3, napi_uint8_array, "terminated");
    const int32_t* rows[3];
    for (size_t i = 0; i < 3; i++) {
      const auto list = lent<Napi::Int32Array>(info, 4 + i, napi_int32_array, "rows");
      if (list.ElementLength() != b) fail(info.Env(), "rows must be as many as the batch");
      rows[i] = list.Data();
    }
    const float *mean = floats(info, 7, width, "mean"), *scale = floats(info, 8, width, "scale");
    float *toObservations = floats(info, 9, b * width, "observations"), *toActions = floats(info, 10, b * d, "actions"),
          *toRewards = floats(info, 11, b, "rewards"), *toNext = floats(info, 12, b * width, "nextObservations"),
          *toTerminated = floats(info, 13, b, "terminated");
    const size_t held = rewards.ElementLength(), stored = observations.ElementLength() / width;
    if (terminated.ElementLength() != held || actions.ElementLength() != held * d) fail(info.Env(), "the replay's arrays differ in length");
    for (size_t i = 0; i < b; i++)
      if (rows[0][i] < 0 || size_t(rows[0][i]) >= held || rows[1][i] < 0 || size_t(rows[1][i]) >= stored || rows[2][i] < 0 || size_t(rows[2][i]) >= stored)
        fail(info.Env(), "a row lies outside the replay memory");
    const auto normalise = [&](const float* from, float* to) {
      for (size_t k = 0; k < width; k++) {
        if (mean[k] == 0 && scale[k] == 1) {
          to[k] = from[k];
          continue;
        }
        const double z = (double(from[k]) - mean[k]) / scale[k];
        to[k] = float(z > 10 ? 10 : z < -10 ? -10 : z);
      }
    };
    for (size_t i = 0; i < b; i++) {
      normalise(observations.Data() + size_t(rows[1][i]) * width, toObservations + i * width);
      normalise(observations.Data() + size_t(rows[2][i]) * width, toNext + i * width);
      std::memcpy(toActions + i * d, actions.Data() + size_t(rows[0][i]) * d, d * 4);
      toRewards[i] = rewards.Data()[rows[0][i]];
      toTerminated[i] = terminated.Data()[rows[0][i]];
    }
    return info.Env().Undefined();
  }
  /** noise(six arrays, word, word) */
  Napi::Value noise(const Napi::CallbackInfo& info) {
    alive(info.Env());
    const NoiseView view = noiseView(info, 0);
    kernels_->noise(core_.o, view, info[6].ToNumber().Uint32Value(), info[7].ToNumber().Uint32Value());
    return info.Env().Undefined();
  }
  Napi::Value dispose(const Napi::CallbackInfo& info) {
    team_.reset();
    return info.Env().Undefined();
  }
  Napi::Value getLogAlpha(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), core_.logAlpha); }
  void setLogAlpha(const Napi::CallbackInfo&, const Napi::Value& v) { core_.logAlpha = v.ToNumber().FloatValue(); }
  Napi::Value getUpdates(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), double(core_.updates)); }
  void setUpdates(const Napi::CallbackInfo&, const Napi::Value& v) { core_.updates = v.ToNumber().Int64Value(); }
  Napi::Value getBytes(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), double(arena_.bytes())); }
  Napi::Value getIsa(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), kernels_->name); }

  Core core_;
  Arena arena_;
  std::vector<Workspace> works_;
  std::unique_ptr<ThreadPool> team_;
  const Kernels* kernels_ = nullptr;
};

}  // namespace softqd
