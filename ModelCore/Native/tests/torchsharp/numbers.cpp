// As much of TorchSharp's library as the tests of numbers need: a number is a double, and sanitizers watch over its memory.
#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT void* THSTorch_float64_to_scalar(double value) { return new double(value); }

EXPORT void* THSTensor_item(void*) { return nullptr; } // as after an error

EXPORT void THSTorch_dispose_scalar(void* number) { delete static_cast<double*>(number); }
