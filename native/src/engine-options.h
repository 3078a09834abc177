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

inline constexpr Choice<LayerKind> kLayerKind[] = {
    {"dense", LayerKind::dense}, {"residual", LayerKind::residual}, {"layerNorm", LayerKind::layerNorm}};

/** A list of {kind, width, expand, layerNorm, relu}; the order of kinds was checked by the caller. */
inline NetSpec readLayers(const Napi::Object& in, const char* key) {
  Napi::Value value = in.Get(key);
  if (!value.IsArray()) fail(in.Env(), std::string("option ") + key + " must be an array");
  const Napi::Array list = value.As<Napi::Array>();
  if (list.Length() < 1 || list.Length() > unsigned(kMaxLayers))
    fail(in.Env(), std::string("option ") + key + " must have 1 to " + std::to_string(kMaxLayers) + " layers");
  NetSpec net{};
  net.count = int(list.Length());
  for (int i = 0; i < net.count; i++) {
    Napi::Value v = list.Get(uint32_t(i));
    if (!v.IsObject()) fail(in.Env(), std::string("option ") + key + " must have objects");
    const Napi::Object o = v.As<Napi::Object>();
    LayerSpec& layer = net.layer[i];
    layer.kind = choiceOf(o, "kind", kLayerKind);
    layer.width = countOf(o, "width", 0, 8192);
    layer.expand = countOf(o, "expand", 0, 8);
    layer.layerNorm = flagOf(o, "layerNorm");
    layer.relu = flagOf(o, "relu");
    if (layer.kind == LayerKind::dense ? layer.width < 1 : i == 0) fail(in.Env(), std::string("option ") + key + " is not a network");
    if (layer.kind == LayerKind::residual && layer.expand < 1) fail(in.Env(), "a residual layer must expand");
    if (layer.kind == LayerKind::layerNorm && i + 1 < net.count) fail(in.Env(), "a layerNorm layer must be the last");
  }
  return net;
}

inline void readShape(const Napi::Object& in, Options& o) {
  o.observationSize = countOf(in, "observationSize", 1, 65536);
  o.actionSize = countOf(in, "actionSize", 1, 256);
  o.latentSize = countOf(in, "latentSize", 1, 4096);
  o.samplerLayers = readLayers(in, "samplerLayers");
  o.criticLayers = readLayers(in, "criticLayers");
  o.criticCount = countOf(in, "criticCount", 1, kMaxCritics);
  o.latentSkip = float(numberOf(in, "latentSkip", -1e3, 1e3));
  if (o.latentSkip != 0 && o.latentSize != o.actionSize) fail(in.Env(), "option latentSkip needs a latent of the action's size");
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
  if (o.sharedParticles && o.fixedParticles < 2) fail(in.Env(), "option sharedParticles needs at least 2 fixedParticles");
  if (o.sharedParticles) o.updatedParticles = o.fixedParticles;
  if (o.threads > o.batchSize) o.threads = o.batchSize;
  return o;
}

}  // namespace softqd
