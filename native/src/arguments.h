// Checks of arguments from JavaScript. Kernels do not check their arguments.
#pragma once
#include <napi.h>

#include <cstdio>
#include <string>

#include "isa.h"
#include "tensors.h"

namespace softqd {

[[noreturn]] inline void fail(Napi::Env env, const std::string& what) { throw Napi::Error::New(env, what); }

inline double numberOf(const Napi::Object& o, const char* key) {
  Napi::Value v = o.Get(key);
  if (!v.IsNumber()) fail(o.Env(), std::string("option ") + key + " must be a number");
  return v.As<Napi::Number>().DoubleValue();
}
inline int countOf(const Napi::Object& o, const char* key, int min, int max) {
  const double v = numberOf(o, key);
  if (!(v >= min && v <= max) || v != int(v))
    fail(o.Env(), std::string("option ") + key + " must be an integer from " + std::to_string(min) + " to " +
                      std::to_string(max));
  return int(v);
}
inline double numberOf(const Napi::Object& o, const char* key, double min, double max) {
  const double v = numberOf(o, key);
  if (!(v >= min && v <= max)) {
    char text[160];
    std::snprintf(text, sizeof text, "option %s must be a number from %g to %g", key, min, max);
    fail(o.Env(), text);
  }
  return v;
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

}  // namespace softqd
