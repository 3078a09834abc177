// Reads the options of an engine from a JavaScript object, by the table in options.h.
#pragma once
#include "arguments.h"

namespace softqd {

template <class T>
struct Choice {
  const char* text;
  T value;
};
inline constexpr Choice<Proposal> kProposal[] = {
    {"uniform", Proposal::uniform}, {"sampler", Proposal::sampler}, {"mixture", Proposal::mixture}};
inline constexpr Choice<SvgdSpace> kSvgdSpace[] = {
    {"pre-tanh", SvgdSpace::preTanh}, {"action", SvgdSpace::action}, {"action-released", SvgdSpace::actionReleased}};
inline constexpr Choice<KernelDistances> kKernelDistances[] = {
    {"fixed", KernelDistances::fixed}, {"cross", KernelDistances::cross}};
inline constexpr Choice<KernelFactor> kKernelFactor[] = {
    {"two-log-plus-one", KernelFactor::twoLogPlusOne}, {"log", KernelFactor::log}, {"log-plus-one", KernelFactor::logPlusOne}};
inline constexpr Choice<Latent> kLatent[] = {{"normal", Latent::normal}, {"zero", Latent::zero}};
inline constexpr Choice<CriticTarget> kCriticTarget[] = {
    {"soft-value", CriticTarget::softValue}, {"action-value", CriticTarget::actionValue}};
inline constexpr Choice<Temperature> kTemperature[] = {
    {"fixed", Temperature::fixed}, {"automatic", Temperature::automatic}};

template <class T, size_t N>
T choiceOf(const Napi::Object& o, const char* key, const Choice<T> (&choices)[N]) {
  const std::string v = textOf(o, key);
  for (const Choice<T>& c : choices)
    if (v == c.text) return c.value;
  fail(o.Env(), std::string("option ") + key + " has no value '" + v + "'");
}

inline void readShape(const Napi::Object& in, Options& o) {
  o.observationSize = countOf(in, "observationSize", 1, 65536);
  o.actionSize = countOf(in, "actionSize", 1, 256);
  Napi::Value units = in.Get("hiddenUnits");
  if (!units.IsArray()) fail(in.Env(), "option hiddenUnits must be an array");
  const Napi::Array list = units.As<Napi::Array>();
  if (list.Length() < 1 || list.Length() > unsigned(kMaxHidden)) fail(in.Env(), "option hiddenUnits must have 1 to 4 layers");
  o.hiddenCount = int(list.Length());
  for (int i = 0; i < o.hiddenCount; i++) {
    Napi::Value v = list.Get(uint32_t(i));
    const double n = v.IsNumber() ? v.As<Napi::Number>().DoubleValue() : 0;
    if (!(n >= 1 && n <= 8192) || n != int(n)) fail(in.Env(), "option hiddenUnits must be integers from 1 to 8192");
    o.hiddenUnits[i] = int(n);
  }
  o.criticCount = countOf(in, "criticCount", 1, 2);
  o.criticLayerNorm = flagOf(in, "criticLayerNorm");
}

inline Options readOptions(const Napi::Object& in) {
  Options o{};
  readShape(in, o);
#define SOFTQD_COUNT(name, min, max) o.name = countOf(in, #name, min, max);
#define SOFTQD_FLOAT(name, min, max) o.name = float(numberOf(in, #name, min, max));
#define SOFTQD_DOUBLE(name, min, max) o.name = numberOf(in, #name, min, max);
#define SOFTQD_FLAG(name) o.name = flagOf(in, #name);
#define SOFTQD_CHOICE(name, type) o.name = choiceOf(in, #name, k##type);
  SOFTQD_OPTIONS(SOFTQD_COUNT, SOFTQD_FLOAT, SOFTQD_DOUBLE, SOFTQD_FLAG, SOFTQD_CHOICE)
#undef SOFTQD_COUNT
#undef SOFTQD_FLOAT
#undef SOFTQD_DOUBLE
#undef SOFTQD_FLAG
#undef SOFTQD_CHOICE
  if (o.threads > o.batchSize) o.threads = o.batchSize;
  return o;
}

}  // namespace softqd
