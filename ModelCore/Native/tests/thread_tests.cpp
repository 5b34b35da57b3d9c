#include <atomic>
#include <thread>

#include "test.h"

// The orchestrator changes the number of threads while a job computes.
TEST(products_stay_in_their_memory_and_keep_their_bits_while_the_number_of_threads_changes) {
  constexpr int64_t n = 400, out = 96, in = 64;
  const auto w = test::sparse(out * in, 0.2, 1), x = test::random(n * in, 2), dy = test::sparse(n * out, 0.1, 3);
  const sw_rows dense{w.data(), out, in, in}, inputs{x.data(), n, in, in}, by{dy.data(), n, out, out};
  sw_sparse_weight* weight;
  CHECK_OK(sw_sparse_weight_new(&dense, INT32_MAX, &weight));
  std::vector<float> y(n * out), dw(out * in), db(out), dx(n * in);
  int32_t left;
  auto products = [&] {
    CHECK_OK(sw_sparse_linear(weight, 0, &inputs, 1, nullptr, y.data()));
    CHECK_OK(sw_sparse_linear(weight, 1, &by, 1, nullptr, dx.data()));
    CHECK_OK(sw_weight_gradient(&by, 1, &inputs, 2, 0, dw.data(), db.data(), &left));
  };
  products();
  const auto first = std::vector{y, dw, db, dx};
  std::atomic<bool> done{false};
  std::thread toggle([&] {
    for (int i = 0; !done; ++i) {
      sw_set_num_threads(i % 2 == 0 ? 4 : 1);
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  });
  for (int i = 0; i < 200; ++i) {
    products();
    if (std::vector{y, dw, db, dx} != first) break;
  }
  done = true;
  toggle.join();
  CHECK((std::vector{y, dw, db, dx} == first));
  sw_sparse_weight_free(weight);
  CHECK_OK(sw_set_num_threads(1));
}
