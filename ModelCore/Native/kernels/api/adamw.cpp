// AdamW with clipping and projection as one pass per parameter: the threads and the choice of what stays. The loops are in
// kernels/adamw.cpp.
//
// A matrix is one thread's from beginning to end, so that its result cannot depend on how many threads there are.
#include "../adamw.h"

#include <algorithm>
#include <climits>
#include <cmath>
#include <vector>

#include "../../parallel.h"
#include "../../status.h"

using namespace sweeps;

namespace {

namespace k = sweeps::kernels;

constexpr int64_t chunk = 1 << 16; // of sums; changing it changes results
constexpr int64_t block = 1 << 18; // of parameters that are not projected

int64_t require_parameters(const sw_adamw_parameter* list, int64_t n) {
  require_array(list, n, "AdamW: parameters");
  for (int64_t i = 0; i < n; ++i) {
    const auto& p = list[i];
    const int64_t numel = p.rows * p.cols;
    require(
        p.rows > 0 && p.cols > 0 && numel <= INT32_MAX, "AdamW: a parameter of ", p.rows, " rows of ", p.cols,
        ", expected at most 2^31 - 1 entries");
    for (const float* values : {p.parameter, p.mean, p.square}) require_array(values, numel, "AdamW: a parameter or its moments");
    require(p.step >= 1, "AdamW: step ", p.step, ", expected 1 or more");
    require(p.floor_axis >= -1 && p.floor_axis <= 1, "AdamW: units along axis ", p.floor_axis, ", expected 0, 1 or -1");
  }
  return n;
}

k::AdamWStep coefficients(const sw_adamw_parameter& p, double gradient_scale) {
  auto t = static_cast<double>(p.step);
  return {
      .gradient_scale = static_cast<float>(gradient_scale),
      .beta1 = static_cast<float>(p.beta1),
      .mean_weight = static_cast<float>(1 - p.beta1),
      .beta2 = static_cast<float>(p.beta2),
      .square_weight = static_cast<float>(1 - p.beta2),
      .decay = static_cast<float>(1 - p.lr * p.weight_decay),
      .root_scale = static_cast<float>(1 / std::sqrt(1 - std::pow(p.beta2, t))),
      .eps = static_cast<float>(p.eps),
      .rate = static_cast<float>(p.lr / (1 - std::pow(p.beta1, t))),
  };
}

int32_t magnitude(float x) { return __builtin_bit_cast(int32_t, x) & INT32_MAX; }

// The choice of what stays of one matrix. The floor largest entries of each unit are protected; of the others as many of the largest stay
// as the budget leaves, equal ones by index. Counting magnitudes by class finds the class of the last one that stays; only its members are
// then compared one by one.
class Projection {
 public:
  // Classes are counted near the hint first, which is quicker, and all of them where the class is not there. Returns the number of
  // nonzeros.
  int64_t run(const k::AdamWStep& step, const float* g, float* w, float* m, float* v, const k::Units& matrix, int64_t kept, int64_t& hint) {
    units = matrix;
    tops.resize(units.tops_size());
    low = INT32_MAX; // no class: nothing but the protected stays
    last = 0;
    above = chosen = in_class = 0;
    int64_t unprotected = kept - units.count() * units.floor;
    const Window everything{0, k::magnitude_classes - 1};
    Window window = unprotected <= 0 ? Window{1, 0} : hint < 0 ? everything : near(hint);
    count(step, g, w, m, v, window);
    if (unprotected > 0) {
      if (!find_class(window, unprotected)) {
        count(step, nullptr, w, m, v, everything);
        find_class(everything, unprotected);
      }
      hint = low >> k::magnitude_shift;
    }
    set_bounds();
    found.resize(in_class);
    int64_t n = 0;
    int64_t nonzeros = k::adamw().cut(w, units, bounds.data(), std::max(low, 1), last, found.data(), &n);
    if (nonzeros - above - n > protected_below) nonzeros -= drop_ties_below(w);
    return nonzeros - drop_found(w, n);
  }

 private:
  int32_t top(int64_t unit, int64_t rank) const { return tops[unit * units.unit_stride() + rank * units.rank_stride()]; }
  int32_t least_top(int64_t unit) const { return top(unit, units.floor - 1); }
  int64_t unit_of(int64_t index) const { return units.axis == 0 ? index / units.cols : index % units.cols; }

  struct Window { // of classes
    int first, last;
  };

  // 5 per cent to both sides: more than a threshold moves in most steps, and few entries to count one by one.
  static Window near(int64_t hint) {
    auto middle = static_cast<int>(hint);
    return {std::max(middle - 3, 0), std::min(middle + 3, k::magnitude_classes - 1)};
  }

  void count(const k::AdamWStep& step, const float* g, float* w, float* m, float* v, Window window) {
    classes.assign(window.last - window.first + 1, 0);
    above_window = k::adamw().update_ranked(step, g, w, m, v, units, window.first, window.last, classes.data(), tops.data());
  }

  // The class, magnitudes low … last, of the last unprotected entry that stays; `chosen` of the class do. False where it is outside of the
  // window.
  bool find_class(Window window, int64_t unprotected) {
    protected_in.assign(classes.size(), 0);
    int64_t left_over = unprotected - above_window;
    for (int64_t u = 0; u < units.count(); ++u)
      for (int64_t i = 0; i < units.floor; ++i) {
        int c = top(u, i) >> k::magnitude_shift;
        if (c > window.last)
          ++left_over;
        else if (c >= window.first)
          ++protected_in[c - window.first];
      }
    if (left_over <= 0) return false;
    above = above_window;
    for (int c = window.last; c >= window.first; --c) {
      int64_t all = classes[c - window.first], others = all - protected_in[c - window.first];
      if (others >= left_over) {
        low = c << k::magnitude_shift;
        last = low + (1 << k::magnitude_shift) - 1;
        chosen = left_over;
        in_class = all;
        return true;
      }
      left_over -= others;
      above += all;
    }
    return false;
  }

  void set_bounds() {
    protected_below = 0;
    left.assign(units.count(), 0);
    bounds.assign(units.axis < 0 ? 1 : k::padded(units.count()), std::max(low, 1));
    for (int64_t u = 0; u < units.count(); ++u) {
      int32_t least = least_top(u);
      bounds[u] = std::max(std::min(low, least), 1);
      for (int64_t i = 0; i < units.floor; ++i) {
        left[u] += top(u, i) == least;
        protected_below += top(u, i) > 0 && top(u, i) < low;
      }
    }
  }

  // Whether an entry is among the floor largest of its unit; to be asked once for each entry, in rising order, for the ties.
  bool is_protected(int64_t index, int32_t bits) {
    if (units.axis < 0) return false;
    int64_t u = unit_of(index);
    int32_t least = least_top(u);
    return bits > least || (bits == least && left[u]-- > 0);
  }

  // Of several entries equal to the least protected one of their unit, more than the floor may have been kept.
  int64_t drop_ties_below(float* w) {
    int64_t dropped = 0;
    for (int64_t i = 0; i < units.rows * units.cols; ++i) {
      int32_t bits = magnitude(w[i]);
      if (bits == 0 || bits >= low || is_protected(i, bits)) continue;
      w[i] = 0;
      ++dropped;
    }
    return dropped;
  }

  int64_t drop_found(float* w, int64_t n) {
    others.clear();
    for (int64_t i = 0; i < n; ++i) {
      int32_t bits = magnitude(w[found[i]]);
      if (!is_protected(found[i], bits)) others.push_back({bits, found[i]});
    }
    auto stay = std::min<int64_t>(chosen, static_cast<int64_t>(others.size())); // fewer where zeros are among the chosen
    std::nth_element(others.begin(), others.begin() + stay, others.end(), [](const Entry& a, const Entry& b) {
      return a.bits != b.bits ? a.bits > b.bits : a.index < b.index;
    });
    for (auto entry = others.begin() + stay; entry != others.end(); ++entry) w[entry->index] = 0;
    return static_cast<int64_t>(others.size()) - stay;
  }

  struct Entry {
    int32_t bits, index;
  };

  k::Units units{};
  std::vector<int32_t> classes, protected_in, tops, bounds, found;
  std::vector<int64_t> left; // protected entries of each unit that equal its least one and were not met yet
  std::vector<Entry> others;
  int32_t low = 0, last = 0;
  int64_t above_window = 0;
  int64_t above = 0;           // entries above the class
  int64_t in_class = 0;        // entries in it
  int64_t chosen = 0;          // unprotected entries of it that stay
  int64_t protected_below = 0; // nonzero ones
};

struct Work {
  int64_t parameter, begin, end;
};

} // namespace

SW_API sw_status sw_gradient_sum_squares(const sw_adamw_parameter* list, int64_t n, double* sum) noexcept {
  return status([&] {
    require_parameters(list, n);
    require_array(sum, 1, "AdamW: sum");
    const auto& kernels = k::adamw();
    std::vector<Work> work;
    for (int64_t i = 0; i < n; ++i) {
      const int64_t numel = list[i].gradient == nullptr ? 0 : list[i].rows * list[i].cols;
      for (int64_t at = 0; at < numel; at += chunk) work.push_back({i, at, std::min(at + chunk, numel)});
    }
    std::vector<double> sums(work.size());
    parallel_for(Team(), static_cast<int64_t>(work.size()), 1, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; ++i)
        sums[i] = kernels.sum_squares(list[work[i].parameter].gradient + work[i].begin, work[i].end - work[i].begin);
    });
    *sum = 0;
    for (double s : sums) *sum += s;
  });
}

SW_API sw_status sw_adamw_step(sw_adamw_parameter* list, int64_t n, double gradient_scale, int64_t* nonzeros) noexcept {
  return status([&] {
    require_parameters(list, n);
    require_array(nonzeros, 1, "AdamW: nonzeros");
    const auto& kernels = k::adamw();
    std::vector<k::AdamWStep> steps;
    std::vector<Work> work;
    for (int64_t i = 0; i < n; ++i) {
      const auto& p = list[i];
      const int64_t numel = p.rows * p.cols;
      steps.push_back(coefficients(p, gradient_scale));
      const bool whole = p.kept >= 0 && p.kept < numel;
      for (int64_t at = 0; at < numel; at = work.back().end) work.push_back({i, at, whole ? numel : std::min(at + block, numel)});
    }
    // The largest first: the threads then end at about the same time.
    std::stable_sort(work.begin(), work.end(), [](const Work& a, const Work& b) { return a.end - a.begin > b.end - b.begin; });

    std::atomic<int64_t> total{0};
    parallel_tasks(
        Team(), static_cast<int64_t>(work.size()), [] { return Projection(); },
        [&](int64_t at, Projection& projection) {
          auto [i, begin, end] = work[at];
          auto& p = list[i];
          const float* g = p.gradient == nullptr ? nullptr : p.gradient + begin;
          float *w = p.parameter + begin, *m = p.mean + begin, *v = p.square + begin;
          if (p.kept < 0 || p.kept >= p.rows * p.cols) {
            const int64_t count = kernels.update(steps[i], g, w, m, v, end - begin);
            if (p.kept >= 0) total += count;
            return;
          }
          k::Units units{.rows = 1, .cols = end, .axis = -1, .floor = 0};
          if (p.floor_axis >= 0 && p.floor > 0)
            units = {
                .rows = p.rows,
                .cols = p.cols,
                .axis = static_cast<int>(p.floor_axis),
                .floor = std::min(p.floor, p.floor_axis == 0 ? p.cols : p.rows)};
          total += projection.run(steps[i], g, w, m, v, units, p.kept, p.hint);
        });
    *nonzeros = total;
  });
}
