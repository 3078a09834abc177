// The threads of one engine. A worker spins briefly between the phases of a step and sleeps between steps.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "core.h"

namespace softqd {

class SingleThread : public ThreadPool {
 public:
  void run(void (*fn)(void*, int), void* context) override { fn(context, 0); }
};

class MultiThread : public ThreadPool {
 public:
  explicit MultiThread(int count) : count_(count) {
    for (int t = 1; t < count; t++) workers_.emplace_back([this, t] { work(t); });
  }
  ~MultiThread() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
      round_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    for (std::thread& w : workers_) w.join();
  }
  void run(void (*fn)(void*, int), void* context) override {
    fn_ = fn;
    context_ = context;
    left_.store(count_ - 1, std::memory_order_relaxed);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      round_.fetch_add(1, std::memory_order_release);
    }
    if (sleeping_.load(std::memory_order_seq_cst) > 0) wake_.notify_all();
    fn(context, 0);
    for (int spins = 0; left_.load(std::memory_order_acquire) > 0; spins++) rest(spins);
  }

 private:
  static void rest(int spins) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
    // On a loaded machine the other thread may need this core.
    if (spins > 4000) std::this_thread::yield();
  }

  void work(int thread) {
    unsigned seen = 0;
    for (;;) {
      for (int spins = 0; round_.load(std::memory_order_acquire) == seen; spins++) {
        if (spins < 20000) {
          rest(0);
          continue;
        }
        std::unique_lock<std::mutex> lock(mutex_);
        sleeping_.fetch_add(1, std::memory_order_seq_cst);
        wake_.wait(lock, [&] { return round_.load(std::memory_order_acquire) != seen; });
        sleeping_.fetch_sub(1, std::memory_order_seq_cst);
      }
      seen++;
      if (stop_) return;
      fn_(context_, thread);
      left_.fetch_sub(1, std::memory_order_release);
    }
  }

  const int count_;
  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<unsigned> round_{0};
  std::atomic<int> left_{0}, sleeping_{0};
  bool stop_ = false;
  void (*fn_)(void*, int) = nullptr;
  void* context_ = nullptr;
};

}  // namespace softqd
