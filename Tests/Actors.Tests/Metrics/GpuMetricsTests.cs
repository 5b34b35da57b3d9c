using System.Diagnostics;
using System.Runtime.InteropServices;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Metrics;
using Sweeps.Actors.Tests.Journal;

namespace Sweeps.Actors.Tests.Metrics;

/// <summary>
/// NVIDIA's library as its documentation describes it, made of C by the compiler that the build needs: two GPUs, of which the second does
/// not tell its power. No machine that runs these tests has to have a GPU.
/// </summary>
public sealed class GpuMetricsTests
{
    private const string Library = """
        typedef struct { int number; } *device_t;
        typedef struct { unsigned int gpu, memory; } utilization_t;
        typedef struct { unsigned long long total, free, used; } memory_t;
        typedef struct { unsigned int pid; unsigned long long used; unsigned int gpu, compute; } process_t;
        static struct { int number; } gpus[2] = {{0}, {1}};
        extern "C" {
        int nvmlInit_v2(void) { return 0; }
        int nvmlDeviceGetCount_v2(unsigned int *count) { *count = 2; return 0; }
        int nvmlDeviceGetHandleByIndex_v2(unsigned int index, device_t *device) { *device = (device_t)&gpus[index]; return index > 1 ? 2 : 0; }
        int nvmlDeviceGetUtilizationRates(device_t d, utilization_t *u) { u->gpu = 87 - d->number; u->memory = 5; return 0; }
        int nvmlDeviceGetMemoryInfo(device_t d, memory_t *m) { m->total = 80000000000; m->free = 50000000000; m->used = 30000000000; return 0; }
        int nvmlDeviceGetComputeRunningProcesses_v3(device_t d, unsigned int *count, process_t *p) {
          if (*count < 2) return 7;
          p[0] = (process_t){ 11, ~0ull, ~0u, ~0u };
          p[1] = (process_t){ d == (device_t)&gpus[1] ? 4712u : 13u, 2500000000, ~0u, ~0u };
          *count = 2;
          return 0;
        }
        int nvmlDeviceGetPowerUsage(device_t d, unsigned int *milliwatts) { *milliwatts = 412500; return d->number == 0 ? 0 : 3; }
        int nvmlDeviceGetTemperature(device_t d, int sensor, unsigned int *celsius) { *celsius = sensor == 0 ? 61 : 0; return 0; }
        }
        """;

    [Fact]
    public async Task What_the_driver_says_is_told_in_base_units_and_what_it_does_not_say_is_left_out()
    {
        using var folder = new TempFolder();
        var library = await CompileAsync(folder.Root);
        NativeLibrary.SetDllImportResolver(
            typeof(Instruments).Assembly,
            (name, _, _) => name.StartsWith("libnvidia-ml", StringComparison.Ordinal) ? NativeLibrary.Load(library) : nint.Zero);
        using var readings = new Readings();
        using var gpus = GpuMetrics.Start();

        readings.Ask();

        Assert.Equal(0.87, readings["sweeps.gpu.utilization{gpu=0}"]);
        Assert.Equal(0.86, readings["sweeps.gpu.utilization{gpu=1}"]);
        Assert.Equal(30e9, readings["sweeps.gpu.memory.used{gpu=1}"]);
        Assert.Equal(80e9, readings["sweeps.gpu.memory.size{gpu=1}"]);
        Assert.Equal(412.5, readings["sweeps.gpu.power{gpu=0}"]);
        Assert.Null(readings["sweeps.gpu.power{gpu=1}"]);
        Assert.Equal(61, readings["sweeps.gpu.temperature{gpu=0}"]);
        Assert.Equal(new MemoryUse(2_500_000_000, 80_000_000_000), Gpus.UsedBy(4712));
        Assert.Null(Gpus.UsedBy(11)); // the driver does not tell
        Assert.Null(Gpus.UsedBy(4713));
    }

    private static async Task<string> CompileAsync(string folder)
    {
        var (source, library) = (Path.Combine(folder, "nvml.cpp"), Path.Combine(folder, "libnvidia-ml-stub.so"));
        await File.WriteAllTextAsync(source, Library);
        using var compiler = Process.Start(new ProcessStartInfo("g++", ["-shared", "-fPIC", "-o", library, source])
        {
            RedirectStandardError = true,
        })!;
        var said = await compiler.StandardError.ReadToEndAsync();
        await compiler.WaitForExitAsync();
        Assert.True(compiler.ExitCode == 0, said);
        return library;
    }
}
