#include <thread>

#include "test.h"

// As TorchSharp calls them.
extern "C" {
void* THSTorch_float64_to_scalar(double value);
void* THSTensor_item(void* tensor);
void THSTorch_dispose_scalar(void* number);
}

namespace {

sw_numbers stats() {
  sw_numbers s;
  sw_number_stats(&s);
  return s;
}

void* make(double value) { return THSTorch_float64_to_scalar(value); }

double value(void* number) { return *static_cast<double*>(number); }

void finalize(void* number) { std::thread(THSTorch_dispose_scalar, number).join(); }

} // namespace

TEST(a_number_that_another_thread_lets_go_of_stays_until_its_maker_makes_the_next) {
  const auto before = stats();
  void* number = make(0.5);
  CHECK(stats().made == before.made + 1 && stats().held == before.held + 1);
  finalize(number);
  CHECK(value(number) == 0.5); // the sanitizer ends the test where it is freed
  CHECK(stats().held == before.held && stats().let_go == before.let_go + 1);
  void* next = make(2);
  CHECK(stats().let_go == before.let_go);
  THSTorch_dispose_scalar(next);
  CHECK(stats().held == before.held);
}

TEST(numbers_of_a_thread_stay_while_other_threads_make_theirs) {
  void* number = make(0.5);
  finalize(number);
  std::thread([] { THSTorch_dispose_scalar(make(3)); }).join();
  CHECK(value(number) == 0.5 && stats().let_go == 1);
  THSTorch_dispose_scalar(make(4));
  CHECK(stats().let_go == 0);
}

TEST(a_number_that_its_maker_lets_go_of_is_freed_at_once) {
  const auto before = stats();
  THSTorch_dispose_scalar(make(0.5));
  CHECK(stats().held == before.held && stats().let_go == before.let_go);
}

TEST(numbers_of_a_thread_that_ended_are_freed_at_once) {
  const auto before = stats();
  void* kept = nullptr;
  std::thread([&] {
    kept = make(0.5);
    finalize(make(1)); // let go of when the thread ends
  }).join();
  CHECK(stats().let_go == before.let_go && stats().held == before.held + 1);
  THSTorch_dispose_scalar(kept);
  CHECK(stats().let_go == before.let_go && stats().held == before.held);
}

TEST(no_number_is_counted_where_none_was_made) {
  const auto before = stats();
  CHECK(THSTensor_item(nullptr) == nullptr);
  CHECK(stats().made == before.made && stats().held == before.held);
}

TEST(threads_make_numbers_while_others_let_go_of_them) {
  const auto before = stats();
  auto work = [] {
    std::vector<void*> numbers;
    for (int i = 0; i < 2000; ++i) numbers.push_back(make(i));
    std::thread finalizer([&] {
      for (void* number : numbers) THSTorch_dispose_scalar(number);
    });
    for (int i = 0; i < 2000; ++i) THSTorch_dispose_scalar(make(i));
    finalizer.join();
  };
  std::thread first(work), second(work);
  first.join();
  second.join();
  CHECK(stats().made == before.made + 8000 && stats().held == before.held && stats().let_go == before.let_go);
}
